const QUANTITY =
  /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/;

const SUFFIXES: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
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

/** The value of a Kubernetes quantity (`500m`, `2Gi`, `1e3`), or `undefined` if it is none. */
export function parseQuantity(quantity: string | number): number | undefined {
  const match = QUANTITY.exec(String(quantity));
  if (!match) {
    return undefined;
  }
  const [, digits, exponent = '', suffix] = match;
  return (
    Number(digits + exponent) * (suffix === undefined ? 1 : SUFFIXES[suffix])
  );
}

/** Whether two quantities are the same amount, however they are written: the server writes `1000m` as `1`. */
export function sameQuantity(left: unknown, right: unknown): boolean {
  if (!isText(left) || !isText(right)) {
    return false;
  }
  const [a, b] = [parseQuantity(left), parseQuantity(right)];
  return (
    a !== undefined &&
    b !== undefined &&
    Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), 1e-9)
  );
}

function isText(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
