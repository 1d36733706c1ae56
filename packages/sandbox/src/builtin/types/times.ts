import { Undecodable } from './undecodable';

/** Date and time, fraction of a second, offset. */
const TIME =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/;
const MICRO_TIME =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{6})(?:Z|([+-])(\d\d):(\d\d))$/;

/** Nearly all times are canonical already: these are seen at once, but for the last days of a month, which not every month has. */
const CANONICAL =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{6})?Z$/;

const TIME_LAYOUT = '2006-01-02T15:04:05Z07:00';
const MICRO_TIME_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';

/** Whether a `metav1.Time` is as the server would give it back, seen at a glance; of a few that are it says that they are not. */
export function isCanonicalTime(text: string): boolean {
  return text.length === 20 && CANONICAL.test(text);
}

/**
 * A `metav1.Time` as the server gives it back: whole seconds, UTC.
 *
 * @throws Undecodable for what Go's `time.Parse` does not read
 */
export function canonicalTime(text: string): string {
  if (isCanonicalTime(text)) {
    return text;
  }
  const match = TIME.exec(text);
  if (match === null) {
    throw new Undecodable(
      `parsing time "${text}" as "${TIME_LAYOUT}": cannot parse "${text}" as "2006"`,
    );
  }
  return `${inUtc(text, match)}Z`;
}

/**
 * A `metav1.MicroTime` as the server gives it back: six digits of a second, UTC.
 *
 * @throws Undecodable for what Go's `time.Parse` does not read
 */
export function canonicalMicroTime(text: string): string {
  if (text.length === 27 && CANONICAL.test(text)) {
    return text;
  }
  const match = MICRO_TIME.exec(text);
  if (match === null) {
    throw new Undecodable(
      `parsing time "${text}" as "${MICRO_TIME_LAYOUT}": cannot parse "${text.slice(
        19,
      )}" as ".000000"`,
    );
  }
  return `${inUtc(text, match)}${match[2]}Z`;
}

/** Date and time without fraction and offset. */
function inUtc(text: string, match: RegExpExecArray): string {
  const [, local, , sign, hours, minutes] = match;
  const ms = Date.parse(`${local}Z`);
  if (Number.isNaN(ms) || withoutFraction(ms) !== local) {
    throw new Undecodable(`parsing time "${text}": ${outOfRange(local)}`);
  }
  if (sign === undefined) {
    return local;
  }
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return withoutFraction(sign === '+' ? ms - offsetMs : ms + offsetMs);
}

function withoutFraction(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}

/** Go looks at the day last, when it knows the month. */
function outOfRange(local: string): string {
  const [month, , hour, minute, second] = [5, 8, 11, 14, 17].map(at =>
    Number(local.slice(at, at + 2)),
  );
  const [part] = [
    ['month', month < 1 || month > 12] as const,
    ['hour', hour > 23] as const,
    ['minute', minute > 59] as const,
    ['second', second > 59] as const,
  ].find(([, wrong]) => wrong) ?? ['day'];
  return `${part} out of range`;
}
