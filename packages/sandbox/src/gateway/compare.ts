function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Whether everything that is wanted is there: fields in any order, lists in theirs; what else is there may be defaults and counts for
 * nothing.
 */
export function covers(live: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true;
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) &&
      live.length === wanted.length &&
      wanted.every((item, index) => covers(live[index], item))
    );
  }
  if (isObject(wanted)) {
    return (
      isObject(live) &&
      Object.entries(wanted).every(([field, value]) =>
        covers(live[field], value),
      )
    );
  }
  return live === wanted;
}

/** Whether two JSON values are the same, but for the order of fields and for fields without a value. */
export function same(a: unknown, b: unknown): boolean {
  return covers(a, b) && covers(b, a);
}
