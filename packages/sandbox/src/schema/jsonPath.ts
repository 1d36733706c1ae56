import { isObject } from './json';

type Step =
  | { kind: 'field'; name: string }
  | { kind: 'index'; index: number }
  | { kind: 'all' }
  | { kind: 'filter'; path: readonly string[]; equals: unknown };

/** A compiled path: the values it finds, in order. */
type JsonPath = (object: unknown) => unknown[];

/**
 * The JSONPath of printer columns: `.a.b`, `.a\.b`, `['a']`, `[0]`, `[-1]`, `[*]` and `[?(@.a=="x")]`. A path with anything else finds
 * nothing, as with a path that a server cannot follow.
 */
export function jsonPath(path: string): JsonPath {
  const steps = parseSteps(path);
  if (!steps) return () => [];
  return object =>
    steps.reduce<unknown[]>(
      (found, step) => found.flatMap(value => follow(step, value)),
      [object],
    );
}

/** Field names of a path without lists (`.spec.replicas`), for subresources and field selectors. */
export function fieldNames(path: string): string[] {
  return (parseSteps(path) ?? []).flatMap(step =>
    step.kind === 'field' ? [step.name] : [],
  );
}

const token =
  /\.((?:\\.|[^.[\]\\])+)|\['([^']*)'\]|\["([^"]*)"\]|\[(-?\d+)\]|\[(\*)\]|\[\?\(\s*@((?:\.[\w-]+)+)\s*==\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+))\s*\)\]/y;

function parseSteps(path: string): Step[] | undefined {
  const text = path.startsWith('.') || path.startsWith('[') ? path : `.${path}`;
  const steps: Step[] = [];
  token.lastIndex = 0;
  let position = 0;
  while (position < text.length) {
    token.lastIndex = position;
    const match = token.exec(text);
    if (!match) return undefined;
    position = token.lastIndex;
    steps.push(stepOf(match));
  }
  return steps;
}

function stepOf(match: RegExpExecArray): Step {
  const [, dotted, single, double, index, all, filter, ...literals] = match;
  if (dotted === '*' || all !== undefined) return { kind: 'all' };
  if (index !== undefined) return { kind: 'index', index: Number(index) };
  if (filter !== undefined) {
    const [doubleQuoted, singleQuoted, bare] = literals;
    const equals =
      doubleQuoted ??
      singleQuoted ??
      (bare === undefined ? '' : JSON.parse(bareWord(bare)));
    return { kind: 'filter', path: filter.slice(1).split('.'), equals };
  }
  const name = dotted?.replace(/\\(.)/g, '$1') ?? single ?? double ?? '';
  return { kind: 'field', name };
}

function bareWord(text: string): string {
  return /^(true|false|null|-?\d+(\.\d+)?)$/.test(text)
    ? text
    : JSON.stringify(text);
}

function follow(step: Step, value: unknown): unknown[] {
  switch (step.kind) {
    case 'field':
      return isObject(value) && Object.hasOwn(value, step.name)
        ? [value[step.name]]
        : [];
    case 'index': {
      const item = Array.isArray(value) ? value.at(step.index) : undefined;
      return item === undefined ? [] : [item];
    }
    case 'all':
      if (Array.isArray(value)) return value;
      return isObject(value) ? Object.values(value) : [];
    case 'filter':
      return Array.isArray(value)
        ? value.filter(item => valueAt(item, step.path) === step.equals)
        : [];
    default:
      return [];
  }
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (current, name) => (isObject(current) ? current[name] : undefined),
    value,
  );
}
