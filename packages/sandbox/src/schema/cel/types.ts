import { SchemaNode } from '../schemaNode';
import { propertyOfCelName } from './values';

/** A request's size limit: nothing in an object can be longer. */
const maxRequestBytes = 3 * 1024 * 1024;

/** The static type of an expression, with the largest size its value can have (characters, elements, entries). */
export type CelType =
  | { is: 'dyn' | 'string' | 'bytes'; max: number }
  | { is: Plain; max: 1 }
  | { is: 'list' | 'map'; readonly of: CelType; max: number }
  | { is: 'object'; node: SchemaNode; max: number };

type Plain =
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'null'
  | 'timestamp'
  | 'duration'
  | 'opaque';

export const dyn: CelType = { is: 'dyn', max: maxRequestBytes };
export const plain = (is: Plain): CelType => ({ is, max: 1 });
export const text = (max: number): CelType => ({ is: 'string', max });
export const list = (of: CelType, max: number): CelType => ({
  is: 'list',
  of,
  max,
});

/** The type that a rule sees for a value of this schema. */
export function typeOfNode(node: SchemaNode | undefined): CelType {
  if (!node || node.intOrString) return dyn;
  switch (node.types[0]) {
    case 'boolean':
      return plain('bool');
    case 'integer':
      return plain('int');
    case 'number':
      return plain('double');
    case 'string':
      return typeOfString(node);
    case 'array': {
      const { items } = node;
      return {
        is: 'list',
        get of() {
          return typeOfNode(items);
        },
        max: node.maxItems ?? mostElements(items),
      };
    }
    case 'object':
      return typeOfObject(node);
    default:
      return dyn;
  }
}

function typeOfString(node: SchemaNode): CelType {
  switch (node.format) {
    case 'date':
    case 'date-time':
      return plain('timestamp');
    case 'duration':
      return plain('duration');
    case 'byte':
      return { is: 'bytes', max: node.maxLength ?? maxRequestBytes };
    default:
      return text(longest(node));
  }
}

/** Bytes: a character has up to four. */
function longest(node: SchemaNode): number {
  if (node.enum) {
    return Math.max(0, ...node.enum.map(item => String(item).length));
  }
  return node.maxLength === undefined ? maxRequestBytes : node.maxLength * 4;
}

function typeOfObject(node: SchemaNode): CelType {
  const { additional } = node;
  if (!node.hasProperties && additional) {
    return {
      is: 'map',
      get of() {
        return typeOfNode(additional);
      },
      max: node.maxProperties ?? mostElements(additional),
    };
  }
  return { is: 'object', node, max: node.propertyNames.length + 3 };
}

/** How many values of a schema fit into a request. */
export function mostElements(items: SchemaNode | undefined): number {
  return Math.floor(maxRequestBytes / (leastBytes(items) + 1));
}

/** The shortest JSON of a value of this schema. */
function leastBytes(node: SchemaNode | undefined): number {
  switch (node?.types[0]) {
    case 'boolean':
      return 4;
    case 'integer':
    case 'number':
      return 1;
    case 'object':
      return node.required.reduce(
        (sum, name) => sum + name.length + 4 + leastBytes(node.property(name)),
        2,
      );
    default:
      return 2;
  }
}

/** What rules may read of the metadata of a resource. */
const metadata = new SchemaNode({
  type: 'object',
  properties: { name: { type: 'string' }, generateName: { type: 'string' } },
});

/** The type of a field of an object, or undefined if the schema has none of that name. */
export function typeOfField(
  node: SchemaNode,
  name: string,
): CelType | undefined {
  const property = propertyOfCelName(name);
  if (node.isRoot || node.embedded) {
    if (property === 'apiVersion' || property === 'kind') {
      return text(maxRequestBytes);
    }
    if (property === 'metadata') return typeOfNode(metadata);
  }
  const child = node.property(property);
  return child && typeOfNode(child);
}

/** A type that values of both have. */
export function joined(a: CelType, b: CelType): CelType {
  const max = Math.max(a.max, b.max);
  if (a.is === 'dyn' || b.is === 'dyn' || a.is !== b.is)
    return { is: 'dyn', max };
  if (
    (a.is === 'list' || a.is === 'map') &&
    (b.is === 'list' || b.is === 'map')
  ) {
    return { is: a.is, of: joined(a.of, b.of), max };
  }
  if (a.is === 'string' || a.is === 'bytes') return { is: a.is, max };
  return a;
}

const numbers = new Set(['int', 'uint', 'double']);

/** Whether values of the two types can be compared at all. */
export function comparable(a: CelType, b: CelType): boolean {
  if (a.is === 'dyn' || b.is === 'dyn' || a.is === b.is) return true;
  if (a.is === 'null' || b.is === 'null') {
    const other = a.is === 'null' ? b.is : a.is;
    return [
      'object',
      'map',
      'list',
      'timestamp',
      'duration',
      'opaque',
    ].includes(other);
  }
  return numbers.has(a.is) && numbers.has(b.is);
}
