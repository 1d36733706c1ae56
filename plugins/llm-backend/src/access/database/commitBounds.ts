import { ServiceUnavailableError } from '@backstage/errors';
import type { LockBounds } from './operations/changes/lockHead';

/** Bounds of a transaction on Postgres, in milliseconds. */
export interface CommitBounds extends LockBounds {
  /** For which the database may not answer, before the connection counts as dead. */
  silentMs: number;
}

/** How long one writer may hold up the others. Who waits for the lock waits for longer than somebody who is gone can hold it. */
export const BOUNDS: CommitBounds = {
  lockMs: 20_000,
  idleMs: 10_000,
  statementMs: 30_000,
  silentMs: 45_000,
};

/** Errors of Postgres that say that something is held up: no lock in time, a statement for too long, a transaction silent for too long. */
const HELD_UP = new Set(['55P03', '57014', '25P03']);

/** An error as it is told: what others hold up may be tried again. */
export function toldHeldUp(reason: unknown): unknown {
  return HELD_UP.has(Object(reason).code)
    ? new ServiceUnavailableError(
        'The database is held up by another change. Nothing was changed: try again in a moment.',
        reason,
      )
    : reason;
}

/** Whether two transactions waited for each other, and Postgres ended this one. */
export function isDeadlock(reason: unknown): boolean {
  return Object(reason).code === '40P01';
}
