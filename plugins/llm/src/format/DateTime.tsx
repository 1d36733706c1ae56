import { formatAbsolute, formatDate } from './format';

/** A date, with time and zone on hover. */
export function DateTime(props: { iso: string }) {
  return (
    <time dateTime={props.iso} title={formatAbsolute(props.iso)}>
      {formatDate(props.iso)}
    </time>
  );
}
