/** Strings seen before. Objects of one kind repeat theirs: labels, images, scripts; each parsed answer has copies of its own. */
let pool = new Map<string, string>();
let poolBefore = new Map<string, string>();
const MAX_POOL = 20_000;

/** Values of these fields are all different. */
const UNIQUE = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'lastTransitionTime',
]);

/** One copy of equal strings inside a value, which is changed in place and must be fresh from the server. */
export function internStrings<T>(value: T): T {
  visit(value);
  return value;
}

function visit(value: unknown): void {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (typeof item === 'string') {
        value[index] = internString(item);
      } else if (item !== null && typeof item === 'object') {
        visit(item);
      }
    }
  } else if (isRecord(value)) {
    for (const name of Object.keys(value)) {
      const item = value[name];
      if (typeof item === 'string') {
        if (!UNIQUE.has(name)) {
          value[name] = internString(item);
        }
      } else if (
        item !== null &&
        typeof item === 'object' &&
        name !== 'managedFields'
      ) {
        visit(item);
      }
    }
  }
}

/** One copy of equal strings. Two generations: one that is used again and again survives when the pool is renewed. */
export function internString(text: string): string {
  const known = pool.get(text);
  if (known !== undefined) {
    return known;
  }
  if (pool.size >= MAX_POOL) {
    poolBefore = pool;
    pool = new Map();
  }
  const kept = poolBefore.get(text) ?? text;
  pool.set(kept, kept);
  return kept;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Object.isFrozen(value);
}
