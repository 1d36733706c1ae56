import { isObject } from '../../api/json';
import { JsonObject } from '../../api/seams';
import { ApiFailure } from '../../types';
import { QUANTITY_MESSAGE, canonicalQuantity } from '../../quantity';
import { FieldType, Scalar } from './parseTypes';
import { types } from '.';

/** A value that Go could not have read; `message` is Go's. */
class Undecodable extends Error {}

class Decoder {
  readonly unknownFields: string[] = [];

  constructor(private readonly kind: string) {}

  struct(input: JsonObject, name: string, path: string): JsonObject {
    const fields = types.get(name)?.fields;
    const result: JsonObject = {};
    for (const field of Object.keys(input)) {
      const type = fields?.get(field);
      const below = path === '' ? field : `${path}.${field}`;
      if (type === undefined) {
        this.unknownFields.push(below);
      } else if (input[field] !== null && input[field] !== undefined) {
        const value = this.value(input[field], type, below, name);
        if (value !== undefined) {
          result[field] = value;
        }
      }
    }
    return result;
  }

  /** Undefined where the answer leaves the field out. */
  private value(
    value: unknown,
    type: FieldType,
    path: string,
    owner: string,
  ): unknown {
    switch (type.type) {
      case 'any':
        return value;
      case 'struct':
        return this.structValue(value, type.name, path, owner);
      case 'map':
        return this.map(value, type.values, path, owner);
      case 'list':
        return this.list(value, type.items, path, owner);
      default: {
        const decoded = decodeScalar(value, type.scalar, () =>
          this.where(path, owner),
        );
        return type.omitZero && isZero(decoded) ? undefined : decoded;
      }
    }
  }

  private structValue(
    value: unknown,
    name: string,
    path: string,
    owner: string,
  ): JsonObject {
    if (!isObject(value)) {
      throw new Undecodable(
        `json: cannot unmarshal ${jsonType(value)} into ${this.where(
          path,
          owner,
        )} of type ${name}`,
      );
    }
    return name === 'ObjectMeta'
      ? withoutBlanks(value)
      : this.struct(value, name, path);
  }

  private map(
    value: unknown,
    values: FieldType,
    path: string,
    owner: string,
  ): JsonObject | undefined {
    if (!isObject(value)) {
      throw new Undecodable(
        `json: cannot unmarshal ${jsonType(value)} into ${this.where(
          path,
          owner,
        )} of type map[string]${goName(values)}`,
      );
    }
    const result: JsonObject = {};
    let count = 0;
    for (const key of Object.keys(value)) {
      const item = value[key] ?? zeroOf(values);
      const below = values.type === 'struct' ? `${path}.${key}` : path;
      const decoded = this.value(item, values, below, owner);
      define(result, key, decoded);
      count += 1;
    }
    return count > 0 ? result : undefined;
  }

  private list(
    value: unknown,
    items: FieldType,
    path: string,
    owner: string,
  ): unknown[] | undefined {
    if (!Array.isArray(value)) {
      throw new Undecodable(
        `json: cannot unmarshal ${jsonType(value)} into ${this.where(
          path,
          owner,
        )} of type []${goName(items)}`,
      );
    }
    const result = value.map((item, index) =>
      this.value(item ?? zeroOf(items), items, `${path}[${index}]`, owner),
    );
    return result.length > 0 ? result : undefined;
  }

  private where(path: string, owner: string): string {
    return `Go struct field ${owner === '' ? this.kind : owner}.${path.replace(
      /\[\d+\]/g,
      '',
    )}`;
  }
}

/**
 * Reads an object as the real server reads JSON into its structs: unknown fields are dropped and told, nulls, empty lists and empty maps go,
 * quantities get their canonical form. `metadata` is left as it is.
 *
 * @throws ApiFailure 400 for a value of the wrong type.
 */
export function decodeObject(
  input: JsonObject,
  kind: string,
  version: string,
  structName: string,
): { object: JsonObject; unknownFields: string[] } {
  const { apiVersion, kind: sentKind, metadata, ...rest } = input;
  const decoder = new Decoder(kind);
  try {
    const object: JsonObject = {
      apiVersion,
      kind: sentKind,
      metadata,
      ...decoder.struct(rest, structName, ''),
    };
    return { object, unknownFields: decoder.unknownFields };
  } catch (error) {
    if (!(error instanceof Undecodable)) {
      throw error;
    }
    throw new ApiFailure(
      400,
      'BadRequest',
      `${kind} in version "${version}" cannot be handled as a ${kind}: ${error.message}`,
    );
  }
}

function define(target: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    target[key] = value;
  }
}

/** Go's null element of a list or map. */
function zeroOf(type: FieldType): unknown {
  if (type.type === 'scalar') {
    return type.scalar === 'integer' || type.scalar === 'number' ? 0 : '';
  }
  return type.type === 'list' ? [] : {};
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

/** Metadata of a template: only what is empty goes. */
function withoutBlanks(metadata: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(metadata).filter(
      ([, value]) =>
        value !== null &&
        value !== '' &&
        !(typeof value === 'object' && Object.keys(value).length === 0),
    ),
  );
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) {
    return 'array';
  }
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

const GO_NAMES: Record<Scalar, string> = {
  string: 'string',
  integer: 'int32',
  number: 'float64',
  boolean: 'bool',
  quantity: 'resource.Quantity',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  intOrString: 'intstr.IntOrString',
  bytes: '[]uint8',
};

function goName(type: FieldType): string {
  switch (type.type) {
    case 'scalar':
      return GO_NAMES[type.scalar];
    case 'struct':
      return `v1.${type.name}`;
    case 'list':
      return `[]${goName(type.items)}`;
    case 'map':
      return `map[string]${goName(type.values)}`;
    default:
      return 'interface {}';
  }
}

const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function decodeScalar(
  value: unknown,
  scalar: Scalar,
  where: () => string,
): unknown {
  const mismatch = () =>
    new Undecodable(
      `json: cannot unmarshal ${jsonType(value)} into ${where()} of type ${
        GO_NAMES[scalar]
      }`,
    );
  switch (scalar) {
    case 'boolean':
      if (typeof value !== 'boolean') {
        throw mismatch();
      }
      return value;
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) {
        throw mismatch();
      }
      return value;
    case 'number':
      if (typeof value !== 'number') {
        throw mismatch();
      }
      return value;
    case 'quantity': {
      const quantity = canonicalQuantity(value);
      if (quantity === undefined) {
        throw new Undecodable(QUANTITY_MESSAGE);
      }
      return quantity;
    }
    case 'intOrString':
      if (typeof value !== 'number' && typeof value !== 'string') {
        throw mismatch();
      }
      return value;
    default:
      if (typeof value !== 'string') {
        throw mismatch();
      }
      return decodeText(value, scalar);
  }
}

function decodeText(value: string, scalar: Scalar): string {
  if (scalar === 'time' && !TIME.test(value)) {
    throw new Undecodable(
      `parsing time "${value}" as "2006-01-02T15:04:05Z07:00": cannot parse "${value}" as "2006"`,
    );
  }
  if (scalar === 'microTime' && !MICRO_TIME.test(value)) {
    throw new Undecodable(
      `parsing time "${value}" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "${value.slice(
        19,
      )}" as ".000000"`,
    );
  }
  if (scalar === 'bytes') {
    const wrong = wrongBase64At(value);
    if (wrong !== undefined) {
      throw new Undecodable(`illegal base64 data at input byte ${wrong}`);
    }
  }
  return value;
}

/** Where a string stops being base64, as Go counts it. */
function wrongBase64At(text: string): number | undefined {
  const [good] = /^[A-Za-z0-9+/\r\n]*={0,2}/.exec(text) ?? [''];
  if (good.length < text.length) {
    return good.length;
  }
  const length = text.replace(/[\r\n]/g, '').length;
  return length % 4 === 0 ? undefined : length - (length % 4);
}
