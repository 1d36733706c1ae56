import { Select } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { llmTranslationRef } from '../translation';
import styles from './AccessPage.module.css';

/** Which grants or keys to list. */
export type StateChoice = 'active' | 'ended' | 'all';

/** Which of what others have: also what is to be confirmed. */
export type PeopleChoice = StateChoice | 'due';

/** What there is to choose from among what is one's own. */
export const stateChoices: readonly StateChoice[] = ['active', 'ended', 'all'];

/** What the backend is asked for a choice. */
export function stateOf(choice: StateChoice): 'active' | 'ended' | undefined {
  return choice === 'all' ? undefined : choice;
}

/** Chooses between what holds, what ended, and both. */
export function StateFilter<T extends PeopleChoice = StateChoice>(props: {
  label: string;
  /** Those that there are, the usual one first. */
  choices: readonly T[];
  value: T;
  onChange(value: NoInfer<T>): void;
}) {
  const { choices } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  return (
    <Select
      size="small"
      aria-label={props.label}
      icon={<span className={styles.name}>{t('access.state')}</span>}
      options={choices.map((id: PeopleChoice) => ({
        id,
        label: t(`access.choice.${id}`),
      }))}
      value={props.value}
      onChange={value =>
        props.onChange(choices.find(choice => choice === value) ?? choices[0])
      }
    />
  );
}
