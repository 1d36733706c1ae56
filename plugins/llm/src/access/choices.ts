/** Lifetimes that people mean when they ask for access, in days. The backend's limit may be lower and is told when it is passed. */
export const grantDays: readonly number[] = [7, 30, 90, 180];

/** Lifetimes of keys, in days. */
export const keyDays: readonly number[] = [7, 30, 90, 180, 365];

/** How long the old key of a rotation works on, in hours. */
export const overlapHours: readonly number[] = [0, 1, 24, 72, 168];

/** Characters of a reason or comment that the backend takes. */
export const REASON_LENGTH = 2_000;

/** Characters of a name that the backend takes. */
export const NAME_LENGTH = 100;
