/** A scalar as Go holds it; each letter of the notation is one. */
export type Scalar =
  | 'string'
  | 'integer'
  | 'long'
  | 'number'
  | 'boolean'
  | 'quantity'
  | 'time'
  | 'microTime'
  | 'intOrString'
  | 'bytes';

/** Type of one field. */
export type FieldType =
  | { type: 'scalar'; scalar: Scalar; omitZero: boolean }
  | { type: 'any' }
  | { type: 'struct'; name: string; patch?: Patch }
  | { type: 'map'; values: FieldType; atomic: boolean }
  | {
      type: 'list';
      items: FieldType;
      set: boolean;
      keys: string[];
      patch?: Patch;
    };

/** How a strategic merge patch treats a field. */
export interface Patch {
  merge: boolean;
  retainKeys: boolean;
  key?: string;
}

/** A struct of the API. */
export interface StructType {
  name: string;
  atomic: boolean;
  fields: ReadonlyMap<string, FieldType>;
}

/** Structs by name. */
export type TypeTable = ReadonlyMap<string, StructType>;

const SCALARS: Record<string, Scalar> = {
  s: 'string',
  i: 'integer',
  l: 'long',
  n: 'number',
  b: 'boolean',
  q: 'quantity',
  t: 'time',
  u: 'microTime',
  x: 'intOrString',
  y: 'bytes',
};

/**
 * Reads the notation of the files beside this one: a struct a line (indented lines go on), its name and then `field:type`.
 *
 * - `s` string, `i` integer of 32 bits, `l` of 64, `n` number, `b` boolean, `q` quantity, `t` time, `u` time with microseconds, `x` integer or string, `y` base64, `j`
 *   any JSON. `?` after it: the zero value (`""`, 0, false) is left out of answers, as Go's `omitempty` does.
 * - a name: another struct; `Name!` at the beginning of a line: owned and replaced as a whole.
 * - `[T]` list, replaced as a whole; `[T]=` set; `[T]#a,b` list with keys. `{T}` map of strings to T; `{T}!` replaced as a whole.
 * - `~` strategic merge patches merge it, `~key` by that key; `&` with `$retainKeys`.
 */
export function parseTypes(...sources: string[]): TypeTable {
  const table = new Map<string, StructType>();
  for (const source of sources) {
    const lines = source.replace(/\n\s+/g, ' ').trim().split('\n');
    for (const line of lines) {
      const [head, ...fields] = line.trim().split(' ');
      const name = head.replace('!', '');
      table.set(name, {
        name,
        atomic: head.endsWith('!'),
        fields: new Map(fields.filter(field => field !== '').map(parseField)),
      });
    }
  }
  return table;
}

function parseField(text: string): [string, FieldType] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon), parseType(text.slice(colon + 1))];
}

const SUFFIX = /^(=)?(?:#([\w,]+))?(?:(~)(\w*))?(&)?(!)?$/;

function parseType(text: string): FieldType {
  const close = Math.max(text.lastIndexOf(']'), text.lastIndexOf('}'));
  if (close >= 0) {
    return parseCollection(text.slice(0, close + 1), text.slice(close + 1));
  }
  if (text === 'j') {
    return { type: 'any' };
  }
  const scalar = SCALARS[text[0]];
  if (scalar !== undefined && /^.\??$/.test(text)) {
    return { type: 'scalar', scalar, omitZero: text.endsWith('?') };
  }
  const [, name, suffix] = /^(\w+)(.*)$/.exec(text) ?? [];
  return { type: 'struct', name, patch: parseSuffix(suffix ?? '').patch };
}

function parseCollection(body: string, suffix: string): FieldType {
  const inner = parseType(body.slice(1, -1));
  const { set, keys, patch, atomic } = parseSuffix(suffix);
  return body.startsWith('[')
    ? { type: 'list', items: inner, set, keys, patch }
    : { type: 'map', values: inner, atomic };
}

function parseSuffix(suffix: string) {
  const match = SUFFIX.exec(suffix);
  if (match === null) {
    throw new Error(`Not in the notation of types: ${suffix}`);
  }
  const [, set, keys, merge, key, retain, atomic] = match;
  const patch: Patch | undefined =
    merge || retain
      ? {
          merge: Boolean(merge),
          retainKeys: Boolean(retain),
          key: key || undefined,
        }
      : undefined;
  return {
    set: Boolean(set),
    keys: keys ? keys.split(',') : [],
    patch,
    atomic: Boolean(atomic),
  };
}
