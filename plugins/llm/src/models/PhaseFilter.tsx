import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelPhase } from '@slipway/plugin-llm-common';
import { llmTranslationRef } from '../translation';
import styles from './PhaseFilter.module.css';

/** Good news first, as in the table of phases; a phase that no model is in stays, greyed by its 0. */
const order: readonly ModelPhase[] = [
  'Ready',
  'Degraded',
  'Downloading',
  'Starting',
  'Pending',
  'Error',
];

/** Chips that show one phase or all, with the number of models in each. */
export function PhaseFilter(props: {
  counts: Record<ModelPhase, number> | undefined;
  selected: ModelPhase | undefined;
  onSelect(phase: ModelPhase | undefined): void;
}) {
  const { counts, selected, onSelect } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const all = counts && order.reduce((sum, phase) => sum + counts[phase], 0);
  const chip = (
    phase: ModelPhase | undefined,
    label: string,
    count: number | undefined,
  ) => (
    <button
      key={label}
      type="button"
      className={styles.chip}
      aria-pressed={selected === phase}
      onClick={() => onSelect(selected === phase ? undefined : phase)}
    >
      {label} <span>{count ?? ''}</span>
    </button>
  );
  return (
    <div
      className={styles.chips}
      role="group"
      aria-label={t('models.filterByPhase')}
    >
      {chip(undefined, t('models.all'), all)}
      {order.map(phase => chip(phase, t(`phase.${phase}`), counts?.[phase]))}
    </div>
  );
}
