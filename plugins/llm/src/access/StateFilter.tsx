import { Select } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { llmTranslationRef } from '../translation';
import styles from './AccessPage.module.css';

/** Which grants or keys to list. */
export type StateChoice = 'active' | 'ended' | 'all';

/** What the backend is asked for a choice. */
export function stateOf(choice: StateChoice): 'active' | 'ended' | undefined {
  return choice === 'all' ? undefined : choice;
}

/** Chooses between what holds, what ended, and both. */
export function StateFilter(props: {
  label: string;
  value: StateChoice;
  onChange(value: StateChoice): void;
}) {
  const { t } = useTranslationRef(llmTranslationRef);
  const choices: StateChoice[] = ['active', 'ended', 'all'];
  return (
    <Select
      size="small"
      aria-label={props.label}
      icon={<span className={styles.name}>{t('access.state')}</span>}
      options={choices.map(id => ({ id, label: t(`access.choice.${id}`) }))}
      value={props.value}
      onChange={value =>
        props.onChange(choices.find(choice => choice === value) ?? 'active')
      }
    />
  );
}
