import { InputError } from '@backstage/errors';
import type { ErrorRequestHandler } from 'express';

/** A body that is larger than a request may be. */
class PayloadTooLargeError extends Error {
  readonly name = 'PayloadTooLargeError';
  readonly statusCode = 413;
}

/**
 * Says what is wrong with a body that could not be read. The parser's own message repeats a piece of the body, which could be a piece
 * of a key.
 */
export function refuseBadBody(limit: string): ErrorRequestHandler {
  return (error, _request, _response, next) => {
    switch (error?.type) {
      case undefined:
        next(error);
        return;
      case 'entity.too.large':
        next(
          new PayloadTooLargeError(
            `body: at most ${limit}. Send less, or in several requests.`,
          ),
        );
        return;
      case 'entity.parse.failed':
        next(new InputError('body: it is not JSON.'));
        return;
      default:
        next(new InputError('body: it could not be read; send JSON in UTF-8.'));
    }
  };
}
