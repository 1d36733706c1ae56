import { RefObject, useId } from 'react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { llmTranslationRef } from '../translation';
import styles from './SecretField.module.css';

/**
 * A field for a key that is pasted. The browser's own field holds it and nothing else does: no state, no form history; it is read when it is
 * sent, and emptied.
 */
export function SecretField(props: {
  label: string;
  description: string;
  field: RefObject<HTMLInputElement>;
  /** Something was typed or pasted. Says only whether the field is empty. */
  onChange(isEmpty: boolean): void;
}) {
  const { t } = useTranslationRef(llmTranslationRef);
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>
        {props.label} <span>{t('access.import.required')}</span>
      </label>
      <p id={`${id}-hint`}>{props.description}</p>
      <input
        ref={props.field}
        id={id}
        type="password"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        required
        aria-describedby={`${id}-hint`}
        onInput={event => props.onChange(event.currentTarget.value === '')}
      />
    </div>
  );
}
