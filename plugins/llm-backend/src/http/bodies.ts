import { InputError } from '@backstage/errors';
import express, { ErrorRequestHandler, RequestHandler } from 'express';

/** A body that is larger than a request may be. */
class PayloadTooLargeError extends Error {
  readonly name = 'PayloadTooLargeError';
  readonly statusCode = 413;
}

/** Largest body: a key for a thousand models takes half of it. */
const MAX_BODY = '64kb';

/**
 * Says what is wrong with a body that could not be read. The parser's own message repeats a piece of the body, which could be a piece
 * of a key.
 */
const refuseBadBody: ErrorRequestHandler = (
  error,
  _request,
  _response,
  next,
) => {
  switch (error?.type) {
    case undefined:
      next(error);
      return;
    case 'entity.too.large':
      next(
        new PayloadTooLargeError(
          `body: at most ${MAX_BODY}. Send less, or in several requests.`,
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

/** Reads JSON bodies, and refuses what is none or too large. */
export function readBodies(): (RequestHandler | ErrorRequestHandler)[] {
  return [express.json({ limit: MAX_BODY }), refuseBadBody];
}
