import { ReactElement, ReactNode } from 'react';
import styles from './Chip.module.css';

/** What a chip says about its subject, by colour; the word says the same. */
export type Tone =
  | 'neutral'
  | 'positive'
  | 'warning'
  | 'negative'
  | 'announcement';

/** A word with an icon, never colour alone. */
export function Chip(props: {
  tone?: Tone;
  icon: ReactElement;
  outlined?: boolean;
  children: ReactNode;
}) {
  return (
    <span
      className={styles.chip}
      data-tone={props.tone ?? 'neutral'}
      data-outlined={props.outlined ? '' : undefined}
    >
      {props.icon}
      {props.children}
    </span>
  );
}
