import { ReactNode, useId } from 'react';
import styles from './Section.module.css';

/** A card with a heading: one answer to one question. */
export function Section(props: {
  title: string;
  /** How many there are, beside the heading. */
  count?: number | string;
  /** A remark beside the heading. */
  note?: string;
  /** At the right of the heading. */
  aside?: ReactNode;
  /** Space around the content; tables go to the edge and take none. */
  padded?: boolean;
  id?: string;
  children: ReactNode;
}) {
  const headingId = useId();
  return (
    <section
      className={styles.section}
      aria-labelledby={headingId}
      id={props.id}
    >
      <div className={styles.head}>
        <h2 id={headingId}>{props.title}</h2>
        {props.count !== undefined && (
          <span className={styles.count}>{props.count}</span>
        )}
        {props.note && <span className={styles.note}>{props.note}</span>}
        {props.aside && <span className={styles.aside}>{props.aside}</span>}
      </div>
      {props.padded ? (
        <div className={styles.body}>{props.children}</div>
      ) : (
        props.children
      )}
    </section>
  );
}
