const suffixes: Readonly<Record<string, [base: bigint, exponent: number]>> = {
  n: [10n, -9],
  u: [10n, -6],
  m: [10n, -3],
  '': [10n, 0],
  k: [10n, 3],
  M: [10n, 6],
  G: [10n, 9],
  T: [10n, 12],
  P: [10n, 15],
  E: [10n, 18],
  Ki: [2n, 10],
  Mi: [2n, 20],
  Gi: [2n, 30],
  Ti: [2n, 40],
  Pi: [2n, 50],
  Ei: [2n, 60],
};

const syntax =
  /^([+-]?)(\d+)?(?:\.(\d*))?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$/;

/**
 * A Kubernetes quantity in billionths (the finest it can be; finer ones are rounded up, as the API server does), or undefined if the
 * text is none. Syntax: k8s.io/apimachinery/pkg/api/resource.
 */
export function parseQuantity(text: string): bigint | undefined {
  const match = syntax.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const known = Object.hasOwn(suffixes, suffix) ? suffixes[suffix] : undefined;
  const [base, exponent] = known ?? [10n, Number(suffix.slice(1))];
  if (Math.abs(exponent) > 1000) return undefined;
  let numerator = BigInt(whole + fraction) * 10n ** 9n;
  let denominator = 10n ** BigInt(fraction.length);
  if (exponent >= 0) numerator *= base ** BigInt(exponent);
  else denominator *= base ** BigInt(-exponent);
  const billionths = (numerator + denominator - 1n) / denominator;
  return sign === '-' ? -billionths : billionths;
}

/** A quantity in billionths as the shortest text that means it. */
export function formatQuantity(billionths: bigint): string {
  if (billionths % 10n ** 9n === 0n) return String(billionths / 10n ** 9n);
  if (billionths % 10n ** 6n === 0n) return `${billionths / 10n ** 6n}m`;
  if (billionths % 1000n === 0n) return `${billionths / 1000n}u`;
  return `${billionths}n`;
}
