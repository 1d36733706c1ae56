import styles from './CodeBlock.module.css';

/** Code or a log: monospaced, and the only thing that scrolls sideways. Focusable, so that a keyboard can scroll it. */
export function CodeBlock(props: {
  text: string;
  label: string;
  /** Fills the height it is given and scrolls in both directions. */
  tall?: boolean;
}) {
  return (
    <pre
      className={styles.code}
      data-tall={props.tall ? '' : undefined}
      // A region that scrolls has to be reachable by keyboard.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="region"
      aria-label={props.label}
    >
      {props.text}
    </pre>
  );
}
