import { ReactElement, ReactNode } from 'react';
import styles from './StatePanel.module.css';

/**
 * A page or card that has nothing to show, and why: empty, filtered empty, failed, not allowed, not found. The next step
 * is a button.
 */
export function StatePanel(props: {
  icon: ReactElement;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  /** Small print, e.g. an id to quote. */
  detail?: string;
  /** `alert` for a failure. */
  role?: 'status' | 'alert';
}) {
  return (
    <div className={styles.panel} role={props.role}>
      <span className={styles.icon} aria-hidden="true">
        {props.icon}
      </span>
      <h2 className={styles.title}>{props.title}</h2>
      {props.children && <p className={styles.text}>{props.children}</p>}
      {props.actions && <div className={styles.actions}>{props.actions}</div>}
      {props.detail && <span className={styles.detail}>{props.detail}</span>}
    </div>
  );
}
