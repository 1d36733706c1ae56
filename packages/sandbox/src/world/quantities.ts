const suffixes: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const pattern = /^([+-]?[0-9.]+)(?:([eE][+-]?[0-9]+)|([a-zA-Z]{0,2}))$/;

/** A Kubernetes quantity as a number (bytes, cores, pieces); 0 for what is absent or is not one: the API server has refused that before. */
export function quantity(text: string | number | undefined): number {
  if (text === undefined) return 0;
  const match = pattern.exec(String(text).trim());
  if (!match) return 0;
  const [, digits, exponent, suffix] = match;
  if (exponent) return Number(digits + exponent);
  const factor = suffixes[suffix ?? ''];
  return factor === undefined ? 0 : Number(digits) * factor;
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
