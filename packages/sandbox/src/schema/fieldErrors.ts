import { FieldError } from '../api/seams';

/** A value as the API server prints it in a message: strings quoted, the rest as JSON. */
export function printed(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}

/** `Invalid value: …: detail`. */
export function invalid(
  field: string,
  value: unknown,
  detail: string,
): FieldError {
  return {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${printed(value)}: ${detail}`,
    field,
  };
}

/** `Invalid value: detail`, for objects and lists, which the server does not print. */
export function invalidWithoutValue(field: string, detail: string): FieldError {
  return {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${detail}`,
    field,
  };
}

/** `Required value`, with a detail if there is one. */
export function required(field: string, detail = ''): FieldError {
  return {
    reason: 'FieldValueRequired',
    message: detail ? `Required value: ${detail}` : 'Required value',
    field,
  };
}

/** `Forbidden: detail`. */
export function forbidden(field: string, detail: string): FieldError {
  return {
    reason: 'FieldValueForbidden',
    message: `Forbidden: ${detail}`,
    field,
  };
}

/** `Duplicate value: …`. */
export function duplicate(field: string, value: unknown): FieldError {
  return {
    reason: 'FieldValueDuplicate',
    message: `Duplicate value: ${printed(value)}`,
    field,
  };
}

/** `Unsupported value: …: supported values: …`. */
export function notSupported(
  field: string,
  value: unknown,
  supported: readonly unknown[],
): FieldError {
  const values = supported.map(item =>
    JSON.stringify(typeof item === 'string' ? item : JSON.stringify(item)),
  );
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${printed(
      value,
    )}: supported values: ${values.join(', ')}`,
    field,
  };
}

/** A value of another JSON type; `found` is the server's word for what it is. */
export function typeInvalid(
  field: string,
  wanted: string,
  found: string,
): FieldError {
  return {
    reason: 'FieldValueTypeInvalid',
    message: `Invalid value: ${printed(
      found,
    )}: ${field} in body must be of type ${wanted}: ${printed(found)}`,
    field,
  };
}

/** `Too long`: the server counts characters and says bytes. */
export function tooLong(field: string, max: number): FieldError {
  return {
    reason: 'FieldValueTooLong',
    message: `Too long: may not be more than ${max} ${
      max === 1 ? 'byte' : 'bytes'
    }`,
    field,
  };
}

/** `Too many`: items of a list or properties of an object. */
export function tooMany(
  field: string,
  actual: number,
  max: number,
): FieldError {
  return {
    reason: 'FieldValueTooMany',
    message: `Too many: ${actual}: must have at most ${max} ${
      max === 1 ? 'item' : 'items'
    }`,
    field,
  };
}

const blocking = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

/** Errors after which the server does not run CEL rules, as `hasBlockingErr` of apiextensions-apiserver has them. */
export function blocksRules(errors: readonly FieldError[]): boolean {
  return errors.some(error => blocking.has(error.reason));
}

/** What the server adds when it has not run the rules. */
export const rulesNotChecked: FieldError = {
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
};
