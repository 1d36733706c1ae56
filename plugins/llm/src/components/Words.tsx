import { ReactNode } from 'react';
import styles from './Words.module.css';

/** A short line that counts, and below it a longer one in small type; together they take the room that is there. */
export function Words(props: {
  title: ReactNode;
  /** The longer line steps back. */
  quiet?: boolean;
  children: ReactNode;
}) {
  return (
    <span className={styles.words} data-quiet={props.quiet ? '' : undefined}>
      <strong>{props.title}</strong>
      <span>{props.children}</span>
    </span>
  );
}
