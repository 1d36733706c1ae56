import { ApiFailure } from '../types';
import { FieldError, JsonObject } from './seams';

/** How a kind is named in failures. */
export interface KindName {
  group: string;
  plural: string;
  kind: string;
}

/** `deployments.apps`, `pods`. */
export const qualified = (group: string, name: string): string =>
  group ? `${name}.${group}` : name;

const detailsOf = (kind: KindName, name?: string): JsonObject => ({
  ...(name ? { name } : {}),
  ...(kind.group ? { group: kind.group } : {}),
  kind: kind.plural,
});

/** 404 of an object. */
export function notFound(kind: KindName, name: string): ApiFailure {
  const message = `${qualified(kind.group, kind.plural)} "${name}" not found`;
  return new ApiFailure(404, 'NotFound', message, detailsOf(kind, name));
}

/** 404 of a path, a resource or a subresource of a built-in group. */
export function noSuchResource(): ApiFailure {
  return new ApiFailure(
    404,
    'NotFound',
    'the server could not find the requested resource',
    {},
  );
}

/** 405. */
export function methodNotAllowed(): ApiFailure {
  return new ApiFailure(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

/** 409 of a create. */
export function alreadyExists(
  kind: KindName,
  name: string,
  prefix = '',
): ApiFailure {
  return new ApiFailure(
    409,
    'AlreadyExists',
    `${prefix}${qualified(kind.group, kind.plural)} "${name}" already exists`,
    detailsOf(kind, name),
  );
}

/** 409 of an update. */
export function conflict(
  kind: KindName,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): ApiFailure {
  return new ApiFailure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(
      kind.group,
      kind.plural,
    )} "${name}": ${why}`,
    detailsOf(kind, name),
  );
}

/** 403 with the object it is about. */
export function forbidden(
  kind: { group: string; plural: string },
  name: string | undefined,
  why: string,
  causes?: JsonObject[],
): ApiFailure {
  const subject =
    qualified(kind.group, kind.plural) + (name ? ` "${name}"` : '');
  return new ApiFailure(403, 'Forbidden', `${subject} is forbidden: ${why}`, {
    ...detailsOf({ ...kind, kind: '' }, name),
    ...(causes ? { causes } : {}),
  });
}

/** 400. */
export function badRequest(message: string): ApiFailure {
  return new ApiFailure(400, 'BadRequest', message);
}

/** 500 as the server answers an internal error without a reason. */
export function internal(message: string): ApiFailure {
  return new ApiFailure(500, '', message);
}

/** 422 with its causes. */
export function invalid(
  kind: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): ApiFailure {
  // the message names an error once that the causes may hold twice
  const lines = [
    ...new Set(errors.map(error => `${error.field}: ${error.message}`)),
  ];
  const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  return new ApiFailure(
    422,
    'Invalid',
    `${qualified(kind.group, kind.kind)} "${name}" is invalid: ${text}`,
    {
      ...(name ? { name } : {}),
      ...(kind.group ? { group: kind.group } : {}),
      ...(kind.kind ? { kind: kind.kind } : {}),
      causes: errors.map(({ reason, message, field }) => ({
        reason,
        message,
        field,
      })),
    },
  );
}

/** 415. */
export function unsupportedMediaType(accepted: readonly string[]): ApiFailure {
  return new ApiFailure(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(
      ', ',
    )}`,
  );
}

/** 410 of a watch or an exact list. */
export function expired(message: string): ApiFailure {
  return new ApiFailure(410, 'Expired', message);
}

/** 501: what a real server can do and the sandbox cannot. */
export function notImplemented(what: string): ApiFailure {
  return new ApiFailure(
    501,
    'NotImplemented',
    `the sandbox does not implement ${what}`,
    {},
  );
}

/** The `Status` object of a failure, as it goes over the wire. */
export function statusOf(failure: ApiFailure): JsonObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: failure.message,
    ...(failure.reason ? { reason: failure.reason } : {}),
    ...(failure.details ? { details: failure.details } : {}),
    code: failure.code,
  };
}

/** The `Status` that answers the deletion of an object. */
export function deletedStatus(
  kind: KindName,
  name: string,
  uid: string,
): JsonObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { ...detailsOf(kind, name), uid },
  };
}
