import {
  CelInput,
  CelResult,
  celEnv,
  celList,
  celMap,
  isCelError,
  parse,
  plan,
} from '@bufbuild/cel';
import { JsonObject } from '../../api/seams';
import { isObject } from '../json';
import { SchemaNode } from '../schemaNode';

const env = celEnv();
const toTimestamp = plan(env, parse('timestamp(text)'));
const toDuration = plan(env, parse('duration(text)'));

/**
 * A JSON value as CEL sees it under its schema: `integer` is int, `number` double, times and durations by their format; what no schema
 * describes keeps its JSON type. Objects are read when they are asked.
 */
export function celValue(
  node: SchemaNode | undefined,
  value: unknown,
): CelInput {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    const isDouble = node?.types[0] === 'number' || !Number.isInteger(value);
    return isDouble ? value : BigInt(value);
  }
  if (typeof value === 'string') return celString(node, value);
  if (Array.isArray(value)) {
    const items = node?.items;
    return celList(value.map(item => celValue(items, item)));
  }
  if (isObject(value)) return celObject(node, value);
  return null;
}

function celString(node: SchemaNode | undefined, value: string): CelInput {
  if (!node?.format || node.intOrString) return value;
  let converted: CelResult;
  switch (node.format) {
    case 'date-time':
      converted = toTimestamp({ text: value });
      break;
    case 'date':
      converted = toTimestamp({ text: `${value}T00:00:00Z` });
      break;
    case 'duration':
      converted = toDuration({ text: value });
      break;
    case 'byte':
      return new Uint8Array(Buffer.from(value, 'base64'));
    default:
      return value;
  }
  return isCelError(converted) ? value : converted;
}

const keywords = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** The property that CEL calls `name`: keywords and characters that no identifier has are escaped. */
export function propertyOfCelName(name: string): string {
  if (!name.includes('__')) return name;
  const keyword = /^__(\w+)__$/.exec(name)?.[1];
  if (keyword !== undefined && keywords.has(keyword)) return keyword;
  return name
    .replace(/__dot__/g, '.')
    .replace(/__dash__/g, '-')
    .replace(/__slash__/g, '/')
    .replace(/__underscores__/g, '__');
}

/** The fields of a JSON object, turned into CEL values one by one when they are read. */
class LazyFields implements ReadonlyMap<string, CelInput> {
  readonly #read = new Map<string, CelInput>();

  constructor(
    readonly node: SchemaNode | undefined,
    readonly object: JsonObject,
  ) {}

  get(name: string): CelInput | undefined {
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const field = this.node?.hasProperties ? propertyOfCelName(name) : name;
    if (!Object.hasOwn(this.object, field)) return undefined;
    const value = celValue(this.node?.field(field), this.object[field]);
    this.#read.set(name, value);
    return value;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  get size(): number {
    return Object.keys(this.object).length;
  }

  #all(): Map<string, CelInput> {
    return new Map(
      Object.keys(this.object).map(name => [
        name,
        celValue(this.node?.field(name), this.object[name]),
      ]),
    );
  }

  forEach(
    callback: (
      value: CelInput,
      key: string,
      map: ReadonlyMap<string, CelInput>,
    ) => void,
  ): void {
    this.#all().forEach((value, key) => callback(value, key, this));
  }

  entries() {
    return this.#all().entries();
  }

  keys() {
    return this.#all().keys();
  }

  values() {
    return this.#all().values();
  }

  [Symbol.iterator]() {
    return this.entries();
  }
}

function celObject(node: SchemaNode | undefined, value: JsonObject): CelInput {
  return celMap(new LazyFields(node, value));
}
