/** A JSON object from outside, nothing known about its fields. */
export type Parsed = Readonly<Record<string, unknown>>;

/** A body that can't be used: which field, and what it must be. */
export class BodyError extends Error {
  readonly field: string;
  constructor(field: string, problem: string) {
    super(`${field} ${problem}`);
    this.name = 'BodyError';
    this.field = field;
  }
}

/** Reads one field. Gets its name for messages. */
export type FieldParser<T> = (value: unknown, field: string) => T;

type Fields = Record<string, FieldParser<unknown>>;

/** A JSON object, whatever its fields. */
export function parseObject(body: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new BodyError('body', 'must be JSON');
  }
  if (isObject(value)) return value;
  throw new BodyError('body', 'must be a JSON object');
}

function isObject(value: unknown): value is Parsed {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of an object, each by its parser. `type` may be there; any other field is refused. */
export function parseFields<F extends Fields>(
  body: Parsed,
  fields: F,
): { [name in keyof F]: ReturnType<F[name]> } {
  for (const name of Object.keys(body)) {
    if (name !== 'type' && !(name in fields)) {
      throw new BodyError(
        name,
        `is not a field of this fault; it takes ${Object.keys(fields).join(
          ', ',
        )}`,
      );
    }
  }
  const result: Record<string, unknown> = {};
  for (const [name, parse] of Object.entries(fields))
    result[name] = parse(body[name], name);
  return complete(result, fields);
}

/** Every field was parsed by its own parser just before, so the record has their types. */
function complete<F extends Fields>(
  result: Record<string, unknown>,
  fields: F,
): { [name in keyof F]: ReturnType<F[name]> } {
  if (hasAll(result, fields)) return result;
  throw new Error('a field was not parsed');
}

function hasAll<F extends Fields>(
  result: Record<string, unknown>,
  fields: F,
): result is { [name in keyof F]: ReturnType<F[name]> } {
  return Object.keys(fields).every(name => name in result);
}

/** A text that is not empty. */
export const text: FieldParser<string> = (value, field) => {
  if (typeof value === 'string' && value !== '') return value;
  throw new BodyError(field, 'must be a text');
};

/** A whole number from `least` up. */
export function wholeNumber(least: number): FieldParser<number> {
  return (value, field) => {
    if (
      typeof value === 'number' &&
      Number.isSafeInteger(value) &&
      value >= least
    )
      return value;
    throw new BodyError(field, `must be a whole number from ${least} up`);
  };
}

/** One of some values. */
export function oneOf<T extends string | boolean>(
  values: readonly T[],
): FieldParser<T> {
  return (value, field) => {
    const found = values.find(known => known === value);
    if (found !== undefined) return found;
    throw new BodyError(field, `must be one of ${values.join(', ')}`);
  };
}

/** A field that may be left out. */
export function optional<T>(parse: FieldParser<T>): FieldParser<T | undefined> {
  return (value, field) =>
    value === undefined ? undefined : parse(value, field);
}
