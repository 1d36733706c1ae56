import { InputError } from '@backstage/errors';

/** Bounds on what people may ask for. All have a default; `llm.access.limits` sets them. */
export interface AccessLimits {
  /** Longest life of a key. */
  maxKeyDays: number;
  /** Life of a key when nobody says how long. */
  defaultKeyDays: number;
  /** Active keys that one user may own. */
  maxKeysPerUser: number;
  /** Models of one key. */
  maxModelsPerKey: number;
  /** Longest overlap of a rotation. */
  maxOverlapHours: number;
  /** Longest grant. */
  maxGrantDays: number;
  /** Time that a request waits for a decision. */
  requestDays: number;
  /** Days after which an owner is to confirm again that a grant is needed. */
  recertifyDays: number;
  /** Open requests that one user may have. */
  maxOpenRequestsPerUser: number;
  /** Characters of a reason, a comment or an expected load. */
  maxReasonLength: number;
  /** Characters of a name. */
  maxNameLength: number;
}

/** The limits where configuration says nothing. */
export const defaultLimits: AccessLimits = {
  maxKeyDays: 365,
  defaultKeyDays: 90,
  maxKeysPerUser: 10_000,
  maxModelsPerKey: 100,
  maxOverlapHours: 7 * 24,
  maxGrantDays: 180,
  requestDays: 14,
  recertifyDays: 90,
  maxOpenRequestsPerUser: 100,
  maxReasonLength: 2_000,
  maxNameLength: 100,
};

/** Whether a text has control characters other than tabs and line breaks. Postgres refuses U+0000 in a text; none of them says anything. */
export function hasControlCharacters(text: string): boolean {
  return /(?![\t\n\r])\p{Cc}/u.test(text);
}

/**
 * Checks a text that a person wrote and returns it without the space around it.
 *
 * @throws InputError that names the field and the limit
 */
export function checkText(field: string, text: string, max: number): string {
  if (text.length > max) {
    throw new InputError(
      `${field}: at most ${max} characters, not ${text.length}.`,
    );
  }
  if (hasControlCharacters(text)) {
    throw new InputError(
      `${field}: no control characters but tabs and line breaks.`,
    );
  }
  const trimmed = text.trim();
  if (trimmed === '') {
    throw new InputError(`${field}: say something, it is empty.`);
  }
  return trimmed;
}

/**
 * Checks a number of whole days or hours.
 *
 * @throws InputError that names the field and the limit
 */
export function checkWhole(
  field: string,
  value: number,
  { min, max, unit }: { min: number; max: number; unit: string },
): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new InputError(
      `${field}: a whole number of ${unit} from ${min} to ${max}, not ${value}.`,
    );
  }
  return value;
}

/**
 * Checks that there is room for one more.
 *
 * @throws InputError that names the limit and what to do
 */
export function checkCount(
  what: string,
  have: number,
  max: number,
  remedy: string,
): void {
  if (have >= max) {
    throw new InputError(`At most ${max} ${what}, you have ${have}. ${remedy}`);
  }
}

/** A time that is so many days later. */
export function daysAfter(time: Date, days: number): string {
  return new Date(time.getTime() + days * 86_400_000).toISOString();
}

/** A time that is so many hours later. */
export function hoursAfter(time: Date, hours: number): string {
  return new Date(time.getTime() + hours * 3_600_000).toISOString();
}

/** The earliest of the times, which are all ISO 8601 in UTC with milliseconds. */
export function earliest(first: string, ...others: string[]): string {
  return others.reduce((a, b) => (b < a ? b : a), first);
}
