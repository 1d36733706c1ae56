import { ServiceUnavailableError } from '@backstage/errors';
import type { RequestHandler } from 'express';

/** So long a request waits for the cluster, which is usually there by then. */
const WAIT_MS = 5_000;

/**
 * Lets requests through once the cluster was read for the first time. A portal that starts while the cluster is away says so within some
 * seconds, instead of leaving pages without any answer.
 *
 * @param ready - resolves once models and tenants are known
 * @throws ServiceUnavailableError while they are not
 */
export function untilKnown(
  ready: () => Promise<void>,
  waitMs: number = WAIT_MS,
): RequestHandler {
  // Asked once: those who wait are many, and what they wait for is the same.
  const known = ready().then(() => true);
  return async (_request, _response, next) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>(resolve => {
      timer = setTimeout(() => resolve(false), waitMs);
    });
    const isKnown = await Promise.race([known, late]);
    clearTimeout(timer);
    if (!isKnown) {
      throw new ServiceUnavailableError(
        'The portal has not reached the cluster yet (llm.cluster). It goes on trying: ask again in a moment.',
      );
    }
    next();
  };
}
