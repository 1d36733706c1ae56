import { MergeSchema } from '../api/seams';
import { FieldSet, LEAF, isEmpty, makeNode } from './fieldSet';
import {
  Json,
  equalJson,
  fieldSchema,
  isAtomic,
  isObject,
  listElement,
  listElements,
  sameElements,
  shapeOf,
} from './structure';

/** What is different between two values, by path. */
export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

interface Part {
  added?: FieldSet;
  modified?: FieldSet;
  removed?: FieldSet;
}

const NOTHING: Part = {};
const ADDED: Part = { added: LEAF };
const MODIFIED: Part = { modified: LEAF };
const REMOVED: Part = { removed: LEAF };

class Collector {
  private added?: Record<string, FieldSet>;
  private modified?: Record<string, FieldSet>;
  private removed?: Record<string, FieldSet>;

  add(element: string, part: Part): void {
    if (part.added !== undefined) {
      (this.added ??= {})[element] = part.added;
    }
    if (part.modified !== undefined) {
      (this.modified ??= {})[element] = part.modified;
    }
    if (part.removed !== undefined) {
      (this.removed ??= {})[element] = part.removed;
    }
  }

  done(addedSelf: boolean, removedSelf: boolean): Part {
    return {
      added: makeNode(addedSelf, this.added),
      modified: makeNode(false, this.modified),
      removed: makeNode(removedSelf, this.removed),
    };
  }
}

/** True when nothing was added, modified or removed. The order of lists with keys does not count. */
export function isNothing(comparison: Comparison): boolean {
  return (
    isEmpty(comparison.added) &&
    isEmpty(comparison.modified) &&
    isEmpty(comparison.removed)
  );
}

/** Compares two objects. Subtrees that are the same JavaScript value cost nothing. */
export function compare(
  before: Json,
  after: Json,
  schema: MergeSchema | undefined,
): Comparison {
  const part =
    before === after ? NOTHING : compareChildren(before, after, schema, false);
  return {
    added: part.added ?? LEAF,
    modified: part.modified ?? LEAF,
    removed: part.removed ?? LEAF,
  };
}

function compareAt(
  before: Json,
  after: Json,
  schema: MergeSchema | undefined,
): Part {
  if (before === after) {
    return NOTHING;
  }
  const was = shapeOf(before, schema);
  const is = shapeOf(after, schema);
  const missing = before === undefined || after === undefined;
  if (!missing && was !== is) {
    return compareShapes(before, after, schema);
  }
  const shape = before === undefined ? is : was;
  if (isAtomic(shape, schema) || (isBlank(before) && isBlank(after))) {
    return compareLeaves(before, after);
  }
  return compareChildren(before, after, schema, true);
}

/** A map that became a list, or the like: what it was is removed, what it is is added, and the path itself is modified. */
function compareShapes(
  before: Json,
  after: Json,
  schema: MergeSchema | undefined,
): Part {
  const gone = compareAt(before, undefined, schema).removed;
  const come = compareAt(undefined, after, schema).added;
  return {
    removed: gone && withoutSelf(gone),
    added: come && withoutSelf(come),
    modified: LEAF,
  };
}

function withoutSelf(node: FieldSet): FieldSet | undefined {
  const { '.': _, ...children } = node;
  return makeNode(false, children);
}

function compareLeaves(before: Json, after: Json): Part {
  if (before === undefined) {
    return ADDED;
  }
  if (after === undefined) {
    return REMOVED;
  }
  return equalJson(before, after) ? NOTHING : MODIFIED;
}

function isBlank(value: Json): boolean {
  if (Array.isArray(value)) {
    return value.length === 0;
  }
  return !isObject(value) || Object.keys(value).length === 0;
}

function compareChildren(
  before: Json,
  after: Json,
  schema: MergeSchema | undefined,
  ownPath: boolean,
): Part {
  const parts = new Collector();
  if (Array.isArray(before) || Array.isArray(after)) {
    compareItems(
      Array.isArray(before) ? before : [],
      Array.isArray(after) ? after : [],
      schema,
      parts,
    );
  } else {
    compareFields(
      isObject(before) ? before : {},
      isObject(after) ? after : {},
      schema,
      parts,
    );
  }
  return parts.done(
    ownPath && before === undefined,
    ownPath && after === undefined,
  );
}

function compareFields(
  before: Record<string, Json>,
  after: Record<string, Json>,
  schema: MergeSchema | undefined,
  parts: Collector,
): void {
  for (const field of Object.keys(before)) {
    if (before[field] !== after[field]) {
      const at = fieldSchema(schema, field);
      parts.add(`f:${field}`, compareAt(before[field], after[field], at));
    }
  }
  for (const field of Object.keys(after)) {
    if (before[field] === undefined && after[field] !== undefined) {
      const at = fieldSchema(schema, field);
      parts.add(`f:${field}`, compareAt(undefined, after[field], at));
    }
  }
}

function compareItems(
  before: readonly Json[],
  after: readonly Json[],
  schema: MergeSchema | undefined,
  parts: Collector,
): void {
  const liveKeys = listElements(schema, before);
  if (
    sameElements(liveKeys, listElements(schema, after)) &&
    new Set(liveKeys).size === liveKeys.length
  ) {
    for (const [index, element] of liveKeys.entries()) {
      parts.add(element, compareAt(before[index], after[index], schema?.items));
    }
    return;
  }
  const was = byElement(before, schema);
  const is = byElement(after, schema);
  for (const [element, items] of was) {
    parts.add(element, compareSame(items, is.get(element) ?? [], schema));
  }
  for (const [element, items] of is) {
    if (!was.has(element)) {
      parts.add(element, compareSame([], items, schema));
    }
  }
}

/** Elements with one key. There may be several in what is stored already; then they are one leaf. */
function compareSame(
  before: readonly Json[],
  after: readonly Json[],
  schema: MergeSchema | undefined,
): Part {
  if (before.length <= 1 && after.length <= 1) {
    return compareAt(before[0], after[0], schema?.items);
  }
  return compareLeaves(
    before.length === 0 ? undefined : before,
    after.length === 0 ? undefined : after,
  );
}

function byElement(
  items: readonly Json[],
  schema: MergeSchema | undefined,
): Map<string, Json[]> {
  const found = new Map<string, Json[]>();
  for (const item of items) {
    const element = listElement(schema, item);
    const same = found.get(element);
    if (same === undefined) {
      found.set(element, [item]);
    } else {
      same.push(item);
    }
  }
  return found;
}
