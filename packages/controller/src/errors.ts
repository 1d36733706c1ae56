import { KubeApiError } from './types';

function hasCode(error: unknown, code: number): error is KubeApiError {
  return error instanceof KubeApiError && error.code === code;
}

/** The object, or its kind, is not there (404). */
export function isNotFound(error: unknown): error is KubeApiError {
  return hasCode(error, 404);
}

/** Somebody else wrote first, or owns a field that we may not take (409 Conflict). */
export function isConflict(error: unknown): error is KubeApiError {
  return hasCode(error, 409) && error.status.reason === 'Conflict';
}

/** An object of this name exists (409 AlreadyExists). */
export function isAlreadyExists(error: unknown): error is KubeApiError {
  return hasCode(error, 409) && error.status.reason === 'AlreadyExists';
}

/** The history that was asked for is gone (410): list again. */
export function isExpired(error: unknown): error is KubeApiError {
  return hasCode(error, 410);
}

/** The server refused the object itself (422, or 400 for fields that its schema does not know). */
export function isInvalid(error: unknown): error is KubeApiError {
  return hasCode(error, 422) || hasCode(error, 400);
}

/** We may not do this (403). */
export function isForbidden(error: unknown): error is KubeApiError {
  return hasCode(error, 403);
}
