const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration with two units at most: `42 s`, `18 min 12 s`, `3 h 5 min`, `23 d`. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < MINUTE) {
    return `${Math.floor(ms / SECOND)} s`;
  }
  if (ms < HOUR) {
    return pair(ms, MINUTE, 'min', SECOND, 's');
  }
  if (ms < DAY) {
    return pair(ms, HOUR, 'h', MINUTE, 'min');
  }
  return `${Math.floor(ms / DAY)} d`;
}

/** A duration with one unit: `42 s`, `18 min`, `3 h`, `23 d`. */
export function formatAge(durationMs: number): string {
  return formatDuration(durationMs).replace(/^(\d+ \S+) .*$/, '$1');
}

/** A time that is left, with one unit; days are rounded: `5 d`, `3 h`. */
export function formatLeft(durationMs: number): string {
  return durationMs < DAY
    ? formatAge(durationMs)
    : `${Math.round(durationMs / DAY)} d`;
}

/** A time that is left, as a guess: `less than a minute`, `about 8 min`. */
export function formatEstimate(durationMs: number): string {
  if (durationMs < MINUTE) {
    return 'less than a minute';
  }
  const minutes = Math.round(durationMs / MINUTE);
  return minutes < 90
    ? `about ${minutes} min`
    : `about ${Math.round(durationMs / HOUR)} h`;
}

function pair(
  ms: number,
  big: number,
  bigUnit: string,
  small: number,
  smallUnit: string,
): string {
  const first = Math.floor(ms / big);
  const second = Math.floor((ms % big) / small);
  return second === 0
    ? `${first} ${bigUnit}`
    : `${first} ${bigUnit} ${second} ${smallUnit}`;
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Bytes in binary units: `24.0 GiB`. */
export function formatBytes(bytes: number): string {
  const exponent = exponentOf(bytes);
  return `${inUnit(bytes, exponent)} ${byteUnits[exponent]}`;
}

/** A part and its whole in the unit of the whole, named once: `312.4 of 449.0 GiB`. */
export function formatBytesOf(done: number, total: number): string {
  const exponent = exponentOf(total);
  return `${inUnit(done, exponent)} of ${inUnit(total, exponent)} ${
    byteUnits[exponent]
  }`;
}

function exponentOf(bytes: number): number {
  let exponent = 0;
  let rest = bytes;
  while (rest >= 1024 && exponent < byteUnits.length - 1) {
    rest /= 1024;
    exponent += 1;
  }
  return exponent;
}

function inUnit(bytes: number, exponent: number): string {
  return (bytes / 1024 ** exponent).toFixed(exponent === 0 ? 0 : 1);
}

/** A time of day with seconds if it is today, else the date: `10:42:13`, `18 Feb 2027`. */
export function formatClock(iso: string, nowMs: number): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) {
    return iso;
  }
  if (date.toDateString() === new Date(nowMs).toDateString()) {
    return date.toLocaleTimeString('en-GB');
  }
  return formatDate(iso);
}

/** Of today the time, of other days the date with the time: `18 Nov 2026, 10:40`. For logs, where the hour counts. */
export function formatMoment(iso: string, nowMs: number): string {
  const clock = formatClock(iso, nowMs);
  const date = formatDate(iso);
  return clock === date && clock !== iso
    ? `${date}, ${formatMinute(Date.parse(iso))}`
    : clock;
}

/** So many, or more: `7`, `100+`. */
export function formatCount(count: number, hasMore: boolean): string {
  return hasMore ? `${count}+` : String(count);
}

/** The date: `18 Feb 2027`. */
export function formatDate(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? iso
    : date.toLocaleDateString('en-GB', {
        day: 'numeric',
        month: 'short',
        year: 'numeric',
      });
}

/** The date in so many days from now, as people plan: `18 Feb 2027`. */
export function formatDateIn(days: number, nowMs: number): string {
  return formatDate(new Date(nowMs + days * DAY).toISOString());
}

/** The full time with its zone, for a tooltip. */
export function formatAbsolute(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) {
    return iso;
  }
  return date.toLocaleString('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'long',
  });
}

/** Hours and minutes, for "as of 10:40". */
export function formatMinute(ms: number): string {
  return new Date(ms).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
  });
}
