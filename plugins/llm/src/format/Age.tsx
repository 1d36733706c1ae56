import { formatAbsolute, formatAge } from './format';

/** How long ago something happened, with the absolute time on hover. */
export function Age(props: { since: string | undefined; nowMs: number }) {
  if (!props.since) {
    return <>–</>;
  }
  return (
    <time dateTime={props.since} title={formatAbsolute(props.since)}>
      {formatAge(props.nowMs - Date.parse(props.since))}
    </time>
  );
}
