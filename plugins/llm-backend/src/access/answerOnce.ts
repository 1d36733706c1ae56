import { createHash } from 'node:crypto';
import { ConflictError, InputError } from '@backstage/errors';
import type { Mutation } from './database/mutate';
import {
  findAnswers,
  KnownAnswer,
} from './database/operations/idempotency/findAnswers';
import { saveAnswers } from './database/operations/idempotency/saveAnswers';

/** How a client makes a mutation safe to send again. */
export interface Retriable {
  /** The client's own name for this very request; up to 200 characters. */
  idempotencyKey?: string;
}

/** A mutation that somebody asks for. */
export interface OnceRequest extends Retriable {
  actor: string;
  operation: string;
  /** What the client sent. */
  body: unknown;
}

/** {@link answerOnce} for many requests with two statements, or none where no request names an idempotency key. */
export class AnswersOnce {
  readonly #mutation: Mutation;
  readonly #requests: OnceRequest[];
  readonly #known: Map<string, KnownAnswer>;
  readonly #fresh: KnownAnswer[] = [];

  /** Reads the answers that were given to these requests before. */
  static async read(
    mutation: Mutation,
    requests: OnceRequest[],
  ): Promise<AnswersOnce> {
    const asked = requests.flatMap(({ actor, idempotencyKey }) =>
      idempotencyKey !== undefined && isFit(idempotencyKey)
        ? [{ actor, idempotencyKey }]
        : [],
    );
    const known = await findAnswers(mutation.trx, asked);
    return new AnswersOnce(mutation, requests, known);
  }

  private constructor(
    mutation: Mutation,
    requests: OnceRequest[],
    known: KnownAnswer[],
  ) {
    this.#mutation = mutation;
    this.#requests = requests;
    this.#known = new Map(known.map(answer => [nameOf(answer), answer]));
  }

  /**
   * The answer to the request with this index, if it was given before.
   *
   * @throws ConflictError when its idempotency key was used for something else
   * @throws InputError when that is too long
   */
  find<T>(index: number): T | undefined {
    const request = this.#requests[index];
    const { actor, idempotencyKey } = request;
    if (idempotencyKey === undefined) {
      return undefined;
    }
    if (!isFit(idempotencyKey)) {
      throw new InputError('Idempotency-Key: 1 to 200 characters.');
    }
    const known = this.#known.get(nameOf({ actor, idempotencyKey }));
    if (known && known.requestHash !== hashOf(request)) {
      throw new ConflictError(
        `Idempotency-Key ${idempotencyKey} was used for another request. Take a new one.`,
      );
    }
    return known && JSON.parse(known.answer);
  }

  /** Notes the answer to the request with this index, for retries. */
  note(index: number, answer: unknown): void {
    const request = this.#requests[index];
    const { actor, idempotencyKey } = request;
    if (idempotencyKey === undefined) {
      return;
    }
    const noted = {
      actor,
      idempotencyKey,
      requestHash: hashOf(request),
      answer: JSON.stringify(answer),
    };
    this.#known.set(nameOf(noted), noted);
    this.#fresh.push(noted);
  }

  /** Keeps what was noted. */
  async save(): Promise<void> {
    const { trx, now } = this.#mutation;
    await saveAnswers(trx, this.#fresh, now.toISOString());
  }
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
  request: OnceRequest,
  work: () => Promise<T>,
): Promise<{ answer: T; repeated: boolean }> {
  const answers = await AnswersOnce.read(mutation, [request]);
  const known = answers.find<T>(0);
  if (known) {
    return { answer: known, repeated: true };
  }
  const answer = await work();
  answers.note(0, answer);
  await answers.save();
  return { answer, repeated: false };
}

function isFit(idempotencyKey: string): boolean {
  return idempotencyKey.length >= 1 && idempotencyKey.length <= 200;
}

function nameOf({
  actor,
  idempotencyKey,
}: Pick<KnownAnswer, 'actor' | 'idempotencyKey'>): string {
  return JSON.stringify([actor, idempotencyKey]);
}

function hashOf({ operation, body }: OnceRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([operation, body]))
    .digest('hex');
}
