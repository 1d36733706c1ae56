import { isObject } from '../../api/json';
import { JsonObject } from '../../api/seams';
import { ApiFailure } from '../../types';
import { FieldType, Scalar } from './parseTypes';
import { GO_NAMES, decodeScalar, jsonType } from './scalars';
import { Undecodable } from './undecodable';
import { types } from '.';

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

  structValue(
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
        )} of type v1.${name}`,
      );
    }
    return this.struct(value, name, path);
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
 * Reads one struct as the real server reads JSON into it, as {@link decodeObject} does for a whole object.
 *
 * @param at - the path of the struct and the type that has it as a field, for messages
 * @param refusal - makes the error from what Go says
 */
export function decodeStruct(
  name: string,
  input: unknown,
  at: { path: string; owner: string },
  refusal: (message: string) => ApiFailure,
): { object: JsonObject; unknownFields: string[] } {
  const decoder = new Decoder(at.owner);
  try {
    const object = decoder.structValue(input, name, at.path, at.owner);
    return { object, unknownFields: decoder.unknownFields };
  } catch (error) {
    if (!(error instanceof Undecodable)) {
      throw error;
    }
    throw refusal(error.message);
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

/** What Go reads null as, where it is not the empty string. */
const ZEROS: Partial<Record<Scalar, unknown>> = {
  boolean: false,
  integer: 0,
  intOrString: 0,
  long: 0,
  number: 0,
  quantity: '0',
};

/** Go's null element of a list or map. */
function zeroOf(type: FieldType): unknown {
  if (type.type === 'scalar') {
    return ZEROS[type.scalar] ?? '';
  }
  return type.type === 'list' ? [] : {};
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

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
