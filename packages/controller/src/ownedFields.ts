import { sameQuantity } from './quantity';
import { KubeObject } from './types';

/** One way in which the live object is not what we want. */
export interface Difference {
  /** e.g. `spec.template.spec.containers[name=vllm].image`. */
  path: string;
  /** `value`: it has another value. `unowned`: we have not applied this field yet. `surplus`: we own it and no longer want it. */
  why: 'value' | 'unowned' | 'surplus';
  /** What is there now. */
  live: unknown;
}

/** Parsed `fieldsV1` of a managed fields entry: `f:` fields, `k:` list items by key, `v:` values of a set. */
type Fields = Record<string, unknown>;

/** Never part of managed fields (structured-merge-diff strips them), so they are not compared. */
const IDENTITY = new Set(['apiVersion', 'kind']);
const SERVER_METADATA = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
]);

/** Below these fields the built-in kinds have quantities, which the server writes in its own way. */
const QUANTITY_FIELDS = new Set([
  'requests',
  'limits',
  'capacity',
  'allocatable',
  'hard',
  'default',
  'defaultRequest',
  'max',
  'min',
  'maxLimitRequestRatio',
  'overhead',
  'sizeLimit',
  'divisor',
  'storage',
]);

/**
 * How a live object differs from what we want, in the fields that concern us: those we want, and those we own by an earlier apply.
 * What the server or other managers added beside them does not count. Empty: applying would change nothing.
 */
export function differences(
  desired: KubeObject,
  live: KubeObject,
  fieldManager: string,
  subresource?: string,
): Difference[] {
  const owned = ownedFields(live, fieldManager, subresource);
  const found: Difference[] = [];
  if (subresource === 'status') {
    compare(
      desired.status,
      live.status,
      child(owned, 'f:status'),
      'status',
      false,
      found,
    );
    return found;
  }
  const { metadata, ...rest } = desired;
  compareMap(rest, live, owned, '', false, found, IDENTITY);
  compareMap(
    { ...metadata },
    { ...live.metadata },
    child(owned, 'f:metadata') ?? {},
    'metadata',
    false,
    found,
    SERVER_METADATA,
  );
  return found;
}

/** Whether a manager has applied this object (or its subresource) before. */
export function isApplied(
  live: KubeObject,
  fieldManager: string,
  subresource?: string,
): boolean {
  return entryOf(live, fieldManager, subresource) !== undefined;
}

function entryOf(live: KubeObject, fieldManager: string, subresource?: string) {
  return live.metadata.managedFields?.find(
    entry =>
      entry.manager === fieldManager &&
      entry.operation === 'Apply' &&
      (entry.subresource ?? '') === (subresource ?? ''),
  );
}

function ownedFields(
  live: KubeObject,
  fieldManager: string,
  subresource?: string,
): Fields {
  return entryOf(live, fieldManager, subresource)?.fieldsV1 ?? {};
}

function compare(
  desired: unknown,
  live: unknown,
  owned: Fields | undefined,
  path: string,
  quantities: boolean,
  found: Difference[],
): void {
  if (desired === undefined || desired === null) {
    if (owned) {
      found.push({ path, why: 'surplus', live });
    }
  } else if (!owned) {
    found.push({ path, why: 'unowned', live });
  } else if (isLeaf(owned)) {
    // The built-in kinds leave out what is empty, though we own it.
    const isLeftOut = live === undefined && isEmpty(desired);
    if (!isLeftOut && !isSame(live, desired, quantities)) {
      found.push({ path, why: 'value', live });
    }
  } else if (Array.isArray(desired)) {
    compareList(
      desired,
      Array.isArray(live) ? live : [],
      owned,
      path,
      quantities,
      found,
    );
  } else if (isMap(desired)) {
    compareMap(
      desired,
      isMap(live) ? live : {},
      owned,
      path,
      quantities,
      found,
    );
  } else {
    // We own parts of a map or list where we now want a plain value.
    found.push({ path, why: 'value', live });
  }
}

function compareMap(
  desired: Record<string, unknown>,
  live: Record<string, unknown>,
  owned: Fields,
  path: string,
  quantities: boolean,
  found: Difference[],
  except?: Set<string>,
): void {
  for (const name of Object.keys(desired)) {
    const value = desired[name];
    if (value !== undefined && value !== null && !except?.has(name)) {
      const inside = quantities || QUANTITY_FIELDS.has(name);
      compare(
        value,
        live[name],
        child(owned, `f:${name}`),
        join(path, name),
        inside,
        found,
      );
    }
  }
  for (const field of Object.keys(owned)) {
    const name = field.slice(2);
    const gone = desired[name] === undefined || desired[name] === null;
    // The root is compared without its metadata, which has its own turn.
    if (
      field.startsWith('f:') &&
      gone &&
      !(path === '' && name === 'metadata')
    ) {
      found.push({ path: join(path, name), why: 'surplus', live: live[name] });
    }
  }
}

function compareList(
  desired: unknown[],
  live: unknown[],
  owned: Fields,
  path: string,
  quantities: boolean,
  found: Difference[],
): void {
  if (keyedClaims(owned).length > 0) {
    compareKeyedList(desired, live, owned, path, quantities, found);
    return;
  }
  const claims = Object.keys(owned);
  for (const value of desired) {
    if (!claims.includes(`v:${JSON.stringify(value)}`)) {
      found.push({
        path: `${path}[=${JSON.stringify(value)}]`,
        why: 'unowned',
        live,
      });
    } else if (!live.some(each => isSame(each, value, quantities))) {
      found.push({
        path: `${path}[=${JSON.stringify(value)}]`,
        why: 'value',
        live,
      });
    }
  }
  for (const claim of claims) {
    const wanted = desired.some(
      value => claim === `v:${JSON.stringify(value)}`,
    );
    if (claim.startsWith('v:') && !wanted) {
      found.push({ path: `${path}[=${claim.slice(2)}]`, why: 'surplus', live });
    }
  }
}

function compareKeyedList(
  desired: unknown[],
  live: unknown[],
  owned: Fields,
  path: string,
  quantities: boolean,
  found: Difference[],
): void {
  const unmatched = new Set(desired);
  for (const { claim, key, fields, whole } of keyedClaims(owned)) {
    const liveItem = live.find(item => isMap(item) && hasKey(item, key));
    // What we want may leave out parts of the key that have a default, such as a port's protocol.
    const item =
      desired.find(each => isMap(each) && hasKey(each, key)) ??
      [...unmatched].find(each => isMap(each) && hasKeyOrDefault(each, key));
    if (!isMap(item)) {
      found.push({ path: `${path}${claim}`, why: 'surplus', live: liveItem });
      continue;
    }
    unmatched.delete(item);
    if (!whole) {
      const present = isMap(liveItem) ? liveItem : {};
      const full = { ...key, ...item };
      compareMap(full, present, fields, `${path}${claim}`, quantities, found);
    } else if (!isSame(liveItem, item, quantities)) {
      found.push({ path: `${path}${claim}`, why: 'value', live: liveItem });
    }
  }
  for (const item of unmatched) {
    found.push({
      path: `${path}[${JSON.stringify(item).slice(0, 60)}]`,
      why: 'unowned',
      live,
    });
  }
}

/** One item of a list that we own, by its key. */
interface KeyedClaim {
  /** For paths: `[name=web]`. */
  claim: string;
  key: Record<string, unknown>;
  /** What we own inside; the key is part of it. */
  fields: Fields;
  /** The item is owned as a whole, e.g. an owner reference. */
  whole: boolean;
}

/** Keys of list items by their text; of containers, ports or mounts there are only a few different ones. */
const parsedKeys = new Map<string, Record<string, unknown>>();
const MAX_PARSED_KEYS = 1000;

function parsedKey(text: string): Record<string, unknown> {
  const known = parsedKeys.get(text);
  if (known) {
    return known;
  }
  const key: Record<string, unknown> = JSON.parse(text);
  // An owner's uid differs from object to object.
  if (parsedKeys.size < MAX_PARSED_KEYS && !text.startsWith('{"uid"')) {
    parsedKeys.set(text, key);
  }
  return key;
}

const parsedClaims = new WeakMap<Fields, KeyedClaim[]>();

/** The items of a list that a set of fields names; parsed once, as caches share equal sets. */
function keyedClaims(owned: Fields): KeyedClaim[] {
  const known = parsedClaims.get(owned);
  if (known) {
    return known;
  }
  const claims = Object.keys(owned)
    .filter(name => name.startsWith('k:'))
    .map((name): KeyedClaim => {
      const key = parsedKey(name.slice(2));
      const inside = child(owned, name) ?? {};
      const ofKey = Object.keys(key).map(field => [`f:${field}`, {}]);
      return {
        claim: `[${Object.entries(key).map(pair => pair.join('='))}]`,
        key,
        fields: { ...Object.fromEntries(ofKey), ...inside },
        whole: Object.keys(inside).length === 0,
      };
    });
  if (claims.length > 1) {
    // Single ones are mostly owner references, which differ from object to object.
    parsedClaims.set(owned, claims);
  }
  return claims;
}

/**
 * Whether a live value that we own as a whole is what is wanted, and nothing more: what it has beside that may be what we once wanted there, which
 * managed fields do not tell. A default that the server adds inside counts as such a difference too; the {@link Applier} finds out by one call that
 * it stays. Who writes such defaults out saves that call.
 */
function isSame(live: unknown, desired: unknown, quantities: boolean): boolean {
  if (Array.isArray(desired)) {
    return (
      Array.isArray(live) &&
      live.length === desired.length &&
      desired.every((value, index) => isSame(live[index], value, quantities))
    );
  }
  if (isMap(desired)) {
    return isMap(live) && isSameMap(live, desired, quantities);
  }
  return live === desired || (quantities && sameQuantity(live, desired));
}

function isSameMap(
  live: Record<string, unknown>,
  desired: Record<string, unknown>,
  quantities: boolean,
): boolean {
  const names = Object.keys(desired).filter(
    name => desired[name] !== undefined && desired[name] !== null,
  );
  return (
    names.length === Object.keys(live).length &&
    names.every(name =>
      isSame(
        live[name],
        desired[name],
        quantities || QUANTITY_FIELDS.has(name),
      ),
    )
  );
}

/** `false`, `0`, `''`, `[]` or `{}`. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null
    ? Object.keys(value).length === 0
    : !value;
}

function hasKey(
  item: Record<string, unknown>,
  key: Record<string, unknown>,
): boolean {
  return Object.entries(key).every(([name, value]) => item[name] === value);
}

function hasKeyOrDefault(
  item: Record<string, unknown>,
  key: Record<string, unknown>,
): boolean {
  return Object.entries(key).every(
    ([name, value]) => item[name] === undefined || item[name] === value,
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The field is owned as a whole: a plain value, or a map or list that is atomic. */
function isLeaf(owned: Fields): boolean {
  for (const name of Object.keys(owned)) {
    if (name !== '.') {
      return false;
    }
  }
  return true;
}

function child(owned: Fields | undefined, name: string): Fields | undefined {
  const value = owned?.[name];
  return isMap(value) ? value : undefined;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
