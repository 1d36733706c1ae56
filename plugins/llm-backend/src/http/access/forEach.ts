import { createHash } from 'node:crypto';
import { isError } from '@backstage/errors';

/** What went wrong with one of many. */
interface Failure {
  id: string;
  ok: false;
  error: { name: string; message: string };
}

/** Does the same for each id, once; each succeeds or fails alone. */
export async function forEach<T>(
  ids: string[],
  idempotencyKey: string | undefined,
  work: (id: string, retriable: { idempotencyKey?: string }) => Promise<T>,
): Promise<(T | Failure)[]> {
  const outcomes: (T | Failure)[] = [];
  for (const id of new Set(ids)) {
    const retriable = {
      idempotencyKey: idempotencyKey && keyFor(idempotencyKey, id),
    };
    try {
      outcomes.push(await work(id, retriable));
    } catch (error) {
      outcomes.push({ id, ok: false, error: told(error) });
    }
  }
  return outcomes;
}

/** The idempotency key of one of many: as long as a client's own may be, whatever the two are. */
function keyFor(idempotencyKey: string, id: string): string {
  return createHash('sha256')
    .update(JSON.stringify([idempotencyKey, id]))
    .digest('hex');
}

/** What a client is told of an error; what is not its own fault is for the server's log. */
function told(error: unknown): { name: string; message: string } {
  const known = [
    'InputError',
    'NotAllowedError',
    'NotFoundError',
    'ConflictError',
    'ServiceUnavailableError',
  ];
  if (!isError(error) || !known.includes(error.name)) {
    throw error;
  }
  return { name: error.name, message: error.message };
}
