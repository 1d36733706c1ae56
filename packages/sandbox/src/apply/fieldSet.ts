/**
 * A set of field paths in the form in which the API carries it (`fieldsV1`): every key is a path element (`f:name`, `k:{…}`, `v:…`), `.` marks
 * a node that is itself in the set, and so does a node without children. Sets are values: no function changes its arguments, and a result
 * shares what it has in common with them.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** The node of a path that is in the set and has no children in it; as a root: the empty set. */
export const LEAF: FieldSet = Object.freeze({});

const SELF = '.';

/** True when no path is in the set. */
export function isEmpty(set: FieldSet | undefined): boolean {
  if (set === undefined) {
    return true;
  }
  for (const element of Object.keys(set)) {
    if (element !== SELF) {
      return false;
    }
  }
  return true;
}

/** Is the path of this node itself in the set? (Not for roots.) */
function isMember(node: FieldSet): boolean {
  if (SELF in node) {
    return true;
  }
  return Object.keys(node).length === 0;
}

/** A node from its parts, or undefined if nothing is left of it. `children` must be fresh. */
export function makeNode(
  member: boolean,
  children: Record<string, FieldSet> | undefined,
): FieldSet | undefined {
  if (children === undefined || isEmpty(children)) {
    return member ? LEAF : undefined;
  }
  if (member) {
    children[SELF] = LEAF;
  }
  return children;
}

/** All paths of either node. */
export function unionNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) {
    return a;
  }
  const children: Record<string, FieldSet> = {};
  for (const element of Object.keys(a)) {
    if (element !== SELF) {
      const other = b[element];
      children[element] =
        other === undefined ? a[element] : unionNodes(a[element], other);
    }
  }
  for (const element of Object.keys(b)) {
    if (element !== SELF && a[element] === undefined) {
      children[element] = b[element];
    }
  }
  return makeNode(isMember(a) || isMember(b), children) ?? LEAF;
}

/** All paths of either set. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) {
    return b;
  }
  return isEmpty(b) ? a : childrenOnly(unionNodes(a, b));
}

function childrenOnly(node: FieldSet): FieldSet {
  if (!(SELF in node)) {
    return node;
  }
  const { [SELF]: _, ...children } = node;
  return children;
}

function differenceOfNodes(
  a: FieldSet,
  b: FieldSet,
  below: boolean,
): FieldSet | undefined {
  const bMember = isMember(b);
  if (below && bMember) {
    return undefined;
  }
  const aMember = isMember(a);
  let changed = aMember && bMember;
  const children: Record<string, FieldSet> = {};
  for (const element of Object.keys(a)) {
    if (element === SELF) {
      continue;
    }
    const other = b[element];
    const rest =
      other === undefined
        ? a[element]
        : differenceOfNodes(a[element], other, below);
    if (rest !== undefined) {
      children[element] = rest;
    }
    changed ||= rest !== a[element];
  }
  return changed ? makeNode(aMember && !bMember, children) : a;
}

function differenceOfRoots(a: FieldSet, b: FieldSet, below: boolean): FieldSet {
  const children: Record<string, FieldSet> = {};
  let changed = false;
  for (const element of Object.keys(a)) {
    const rest =
      b[element] === undefined
        ? a[element]
        : differenceOfNodes(a[element], b[element], below);
    if (rest !== undefined) {
      children[element] = rest;
    }
    changed ||= rest !== a[element];
  }
  return changed ? children : a;
}

/** The paths of `a` that are not in `b`. A path of `a` below one of `b` stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return isEmpty(b) ? a : differenceOfRoots(a, b, false);
}

/** The paths of `a` that are neither in `b` nor below a path of `b`. */
export function differenceBelow(a: FieldSet, b: FieldSet): FieldSet {
  return isEmpty(b) ? a : differenceOfRoots(a, b, true);
}

function intersectNodes(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const children: Record<string, FieldSet> = {};
  for (const element of Object.keys(a)) {
    if (element !== SELF && b[element] !== undefined) {
      const both = intersectNodes(a[element], b[element]);
      if (both !== undefined) {
        children[element] = both;
      }
    }
  }
  return makeNode(isMember(a) && isMember(b), children);
}

/** The paths that are in both sets. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children: Record<string, FieldSet> = {};
  for (const element of Object.keys(a)) {
    if (b[element] !== undefined) {
      const both = intersectNodes(a[element], b[element]);
      if (both !== undefined) {
        children[element] = both;
      }
    }
  }
  return children;
}

/** Is the child `element` of this node in the set (not merely something below it)? */
export function hasChild(node: FieldSet, element: string): boolean {
  const child = node[element];
  return child !== undefined && isMember(child);
}

/** A set of paths that consist of field names only. */
export function setOfPaths(paths: readonly (readonly string[])[]): FieldSet {
  let set: FieldSet = LEAF;
  for (const path of paths) {
    let node: FieldSet = LEAF;
    for (const name of [...path].reverse()) {
      node = { [`f:${name}`]: node };
    }
    set = union(set, node);
  }
  return set;
}

/** Calls `visit` for every path, each level's own members first, as structured-merge-diff lists them. */
export function forEachPath(
  set: FieldSet,
  visit: (path: readonly string[]) => void,
  prefix: readonly string[] = [],
): void {
  const elements = Object.keys(set)
    .filter(element => element !== SELF)
    .sort();
  for (const element of elements) {
    if (isMember(set[element])) {
      visit([...prefix, element]);
    }
  }
  for (const element of elements) {
    forEachPath(set[element], visit, [...prefix, element]);
  }
}

/** A path as conflicts name it: `.spec.containers[name="main"].image`. */
export function formatPath(path: readonly string[]): string {
  return path.map(formatElement).join('');
}

function formatElement(element: string): string {
  const text = element.slice(2);
  switch (element[0]) {
    case 'k': {
      const keys: Record<string, unknown> = JSON.parse(text);
      const pairs = Object.entries(keys).map(
        ([name, value]) => `${name}=${JSON.stringify(value)}`,
      );
      return `[${pairs.join(',')}]`;
    }
    case 'v':
      return `[=${text}]`;
    case 'i':
      return `[${text}]`;
    default:
      return `.${text}`;
  }
}
