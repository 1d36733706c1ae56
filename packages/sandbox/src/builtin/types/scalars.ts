import { QUANTITY_MESSAGE, canonicalQuantity } from '../../quantity';
import { Scalar } from './parseTypes';
import { canonicalMicroTime, canonicalTime } from './times';
import { Undecodable } from './undecodable';

/** The Go type of each scalar, for messages. */
export const GO_NAMES: Record<Scalar, string> = {
  string: 'string',
  integer: 'int32',
  long: 'int64',
  number: 'float64',
  boolean: 'bool',
  quantity: 'resource.Quantity',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  intOrString: 'intstr.IntOrString',
  bytes: '[]uint8',
};

/** Go's word for the JSON type of a value. */
export function jsonType(value: unknown): string {
  if (Array.isArray(value)) {
    return 'array';
  }
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/**
 * A scalar as the server gives it back: times in UTC, quantities and base64 in their canonical form.
 *
 * @param where - the field in Go's words, asked for only when something is wrong
 * @throws Undecodable as Go's `encoding/json` and the `UnmarshalJSON` methods of apimachinery word it
 */
export function decodeScalar(
  value: unknown,
  scalar: Scalar,
  where: () => string,
): unknown {
  switch (scalar) {
    case 'boolean':
      return typeof value === 'boolean'
        ? value
        : mismatch(value, scalar, where());
    case 'integer':
    case 'long':
      return integer(value, scalar, where);
    case 'number':
      return typeof value === 'number'
        ? value
        : mismatch(value, scalar, where());
    case 'quantity': {
      const quantity = canonicalQuantity(value);
      if (quantity === undefined) {
        throw new Undecodable(QUANTITY_MESSAGE);
      }
      return quantity;
    }
    case 'intOrString':
      return typeof value === 'string'
        ? value
        : integer(value, 'integer', () => '');
    default:
      return decodeText(value, scalar, where);
  }
}

function decodeText(
  value: unknown,
  scalar: Scalar,
  where: () => string,
): string {
  if (typeof value !== 'string') {
    // Times have a method of their own to read themselves, which does not know the field that they are in.
    return scalar === 'time' || scalar === 'microTime'
      ? mismatch(value, 'string')
      : mismatch(value, scalar, where());
  }
  switch (scalar) {
    case 'time':
      return canonicalTime(value);
    case 'microTime':
      return canonicalMicroTime(value);
    case 'bytes':
      return canonicalBase64(value);
    default:
      return value;
  }
}

/** @param field - empty for a value that reads itself and does not know its field */
function mismatch(value: unknown, scalar: Scalar, field = ''): never {
  const wholly = scalar === 'integer' || scalar === 'long';
  const found =
    typeof value === 'number' && wholly ? `number ${value}` : jsonType(value);
  const target = field || 'Go value';
  throw new Undecodable(
    `json: cannot unmarshal ${found} into ${target} of type ${GO_NAMES[scalar]}`,
  );
}

/** Beyond 2^53 JavaScript has no exact integers; the limit of int64 is the nearest that it has. */
const LIMITS = { integer: 2 ** 31, long: 2 ** 63 };

function integer(
  value: unknown,
  scalar: 'integer' | 'long',
  where: () => string,
): number {
  const limit = LIMITS[scalar];
  return typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= -limit &&
    value < limit
    ? value
    : mismatch(value, scalar, where());
}

/** Go skips line breaks in base64 and writes none. */
function canonicalBase64(text: string): string {
  const wrong = wrongBase64At(text);
  if (wrong !== undefined) {
    throw new Undecodable(`illegal base64 data at input byte ${wrong}`);
  }
  return text.replace(/[\r\n]/g, '');
}

/** Where a string stops being base64, as Go counts it. */
function wrongBase64At(text: string): number | undefined {
  const [good] = /^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*/.exec(text) ?? [''];
  if (good.length < text.length) {
    return good.length;
  }
  const length = text.replace(/[\r\n]/g, '').length;
  return length % 4 === 0 ? undefined : length - (length % 4);
}
