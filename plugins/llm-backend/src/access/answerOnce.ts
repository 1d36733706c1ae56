import { createHash } from 'node:crypto';
import { ConflictError, InputError } from '@backstage/errors';
import type { Mutation } from './database/mutate';
import { findAnswer } from './database/operations/idempotency/findAnswer';
import { saveAnswer } from './database/operations/idempotency/saveAnswer';

/** How a client makes a mutation safe to send again. */
export interface Retriable {
  /** The client's own name for this very request; up to 200 characters. */
  idempotencyKey?: string;
}

/**
 * Does the work once per actor and idempotency key. A retry gets the first answer and changes nothing. The answer is stored, so
 * it must not hold a secret.
 *
 * @throws ConflictError when the idempotency key was used for something else
 * @throws InputError when it is too long
 */
export async function answerOnce<T>(
  mutation: Mutation,
  request: Retriable & { actor: string; operation: string; body: unknown },
  work: () => Promise<T>,
): Promise<{ answer: T; repeated: boolean }> {
  const { actor, operation, body, idempotencyKey } = request;
  if (idempotencyKey === undefined) {
    return { answer: await work(), repeated: false };
  }
  if (idempotencyKey.length < 1 || idempotencyKey.length > 200) {
    throw new InputError('Idempotency-Key: 1 to 200 characters.');
  }
  const requestHash = createHash('sha256')
    .update(JSON.stringify([operation, body]))
    .digest('hex');
  const known = await findAnswer(mutation.trx, actor, idempotencyKey);
  if (known) {
    if (known.requestHash !== requestHash) {
      throw new ConflictError(
        `Idempotency-Key ${idempotencyKey} was used for another request. Take a new one.`,
      );
    }
    return { answer: JSON.parse(known.answer), repeated: true };
  }
  const answer = await work();
  await saveAnswer(mutation.trx, {
    actor,
    idempotencyKey,
    requestHash,
    answer: JSON.stringify(answer),
    at: mutation.now.toISOString(),
  });
  return { answer, repeated: false };
}
