import { isRecord } from './json';

/** Whether everything that we want is in a live value; the server may have added defaults to objects. */
export function covers(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) &&
      live.length === wanted.length &&
      wanted.every((item, index) => covers(live[index], item))
    );
  }
  if (isRecord(wanted)) {
    return (
      isRecord(live) &&
      Object.entries(wanted).every(([field, value]) =>
        covers(live[field], value),
      )
    );
  }
  return live === wanted;
}
