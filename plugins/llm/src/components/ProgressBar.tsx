import styles from './ProgressBar.module.css';

/** A bar for something whose size is known. `text` says the same in words. */
export function ProgressBar(props: {
  label: string;
  text: string;
  done: number;
  total: number;
  thin?: boolean;
}) {
  const { done, total } = props;
  const percent = total > 0 ? Math.min(100, (done / total) * 100) : 0;
  return (
    <span
      className={styles.bar}
      data-thin={props.thin ? '' : undefined}
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(percent)}
      aria-valuetext={props.text}
    >
      <span style={{ width: `${percent}%` }} />
    </span>
  );
}
