import { nanoOfQuantity } from '../quantity';

/** Quantities seen before: there are few different ones, and they are read again and again. */
const known = new Map<string, number>();
const MAX_KNOWN = 1000;

/** A Kubernetes quantity as a number (bytes, cores, pieces); 0 for what is absent or is not one: the API server has refused that before. */
export function quantity(text: string | number | undefined): number {
  if (text === undefined || typeof text === 'number') return text ?? 0;
  let value = known.get(text);
  if (value === undefined) {
    value = Number(nanoOfQuantity(text) ?? 0n) / 1e9;
    if (known.size < MAX_KNOWN) known.set(text, value);
  }
  return value;
}

/** Resources by name, as numbers. */
export type Resources = Record<string, number>;

/** Adds `more` to `sum`, in place. */
export function addResources(sum: Resources, more: Resources, sign = 1): void {
  for (const [name, value] of Object.entries(more)) {
    sum[name] = (sum[name] ?? 0) + sign * value;
  }
}

/** A list of quantities as numbers. */
export function resources(
  list: Record<string, string | number> | undefined,
): Resources {
  const result: Resources = {};
  for (const [name, value] of Object.entries(list ?? {})) {
    result[name] = quantity(value);
  }
  return result;
}
