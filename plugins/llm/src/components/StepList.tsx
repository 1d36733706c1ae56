import { ReactElement, ReactNode } from 'react';
import { CheckIcon, CrossIcon } from './icons';
import { VisuallyHidden } from '@backstage/ui';
import styles from './StepList.module.css';

/** One step of a {@link StepList}. */
export interface Step {
  key: string;
  title: string;
  state: 'done' | 'current' | 'failed' | 'ahead' | 'warning' | 'unknown';
  /** The state in a word, for those who don't see the line. */
  stateLabel: string;
  /** Beside or under the title: how long it took. */
  duration?: ReactNode;
  text?: ReactNode;
  /** Below the text: what to do about it. */
  body?: ReactNode;
  /** For a step that is neither done nor failed. */
  icon: ReactElement;
}

/** Steps on a line, in order; the current one is marked for screen readers too. */
export function StepList(props: {
  label: string;
  steps: Step[];
  /** One below the other, for many steps or long texts. */
  column?: boolean;
}) {
  return (
    <ol
      className={props.column ? styles.column : styles.list}
      aria-label={props.label}
    >
      {props.steps.map(step => (
        <li
          key={step.key}
          className={styles.step}
          data-state={step.state}
          aria-current={
            step.state === 'current' || step.state === 'failed'
              ? 'step'
              : undefined
          }
        >
          <div className={styles.line} aria-hidden="true">
            <span className={styles.dot}>{iconOf(step)}</span>
          </div>
          <div className={styles.title}>
            {step.title}
            <VisuallyHidden>{`, ${step.stateLabel}`}</VisuallyHidden>
          </div>
          {!props.column && (
            <div className={styles.duration}>{step.duration}</div>
          )}
          {(step.text || step.body) && (
            <div className={styles.text}>
              {step.text}
              {step.body}
            </div>
          )}
        </li>
      ))}
    </ol>
  );
}

function iconOf(step: Step): ReactElement {
  if (step.state === 'done') {
    return <CheckIcon />;
  }
  return step.state === 'failed' ? <CrossIcon /> : step.icon;
}
