const FORM =
  /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** Powers of ten beyond this are no quantity that anybody means, and would take for ever to compute. */
const MAX_EXPONENT = 1000;

const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL: Record<number, string> = {
  [-9]: 'n',
  [-6]: 'u',
  [-3]: 'm',
  0: '',
  3: 'k',
  6: 'M',
  9: 'G',
  12: 'T',
  15: 'P',
  18: 'E',
};
const EXPONENT_OF: Record<string, number> = Object.fromEntries(
  Object.entries(DECIMAL).map(([exponent, suffix]) => [
    suffix,
    Number(exponent),
  ]),
);

/** A quantity in units of 10⁻⁹, with the family of suffixes in which it was written. */
interface Quantity {
  nano: bigint;
  family: 'binary' | 'decimal' | 'exponent';
}

/** What the real server says of a string that is no quantity. */
export const QUANTITY_MESSAGE =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

function parse(text: string): Quantity | undefined {
  const match = FORM.exec(text);
  if (match === null || `${match[2]}${match[3] ?? ''}` === '') {
    return undefined;
  }
  const [, sign, whole, fraction = '', exponent, suffix = ''] = match;
  const digits = BigInt(`${whole}${fraction}`);
  const power = exponent ? Number(exponent.slice(1)) : EXPONENT_OF[suffix] ?? 0;
  if (Math.abs(power) > MAX_EXPONENT) {
    return undefined;
  }
  const binary = BINARY.indexOf(suffix);
  const factor = binary > 0 ? 1024n ** BigInt(binary) : 1n;
  const scale = 9 + power - fraction.length;
  const scaled =
    scale >= 0
      ? digits * factor * 10n ** BigInt(scale)
      : roundUp(digits * factor, 10n ** BigInt(-scale));
  const family = binary > 0 ? 'binary' : 'decimal';
  return {
    nano: sign === '-' ? -scaled : scaled,
    family: exponent ? 'exponent' : family,
  };
}

function roundUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

/**
 * A quantity in the form in which the server answers it: `10` → `"10"`, `1.5Gi` → `1536Mi`, `1000m` → `1`. Undefined for what is no quantity.
 * Source: `pkg/api/resource` of apimachinery.
 */
export function canonicalQuantity(value: unknown): string | undefined {
  if (typeof value === 'string' && /^[1-9]\d{0,2}(Gi|Mi|Ki|m)?$/.test(value)) {
    return value;
  }
  if (typeof value !== 'number' && typeof value !== 'string') {
    return undefined;
  }
  const quantity = parse(String(value));
  return quantity && format(quantity);
}

function format({ nano, family }: Quantity): string {
  const whole = nano / 1_000_000_000n;
  const isWhole = whole * 1_000_000_000n === nano;
  if (family === 'binary' && isWhole && (whole >= 1024n || whole <= -1024n)) {
    let rest = whole;
    let power = 0;
    while (power < BINARY.length - 1 && rest % 1024n === 0n) {
      rest /= 1024n;
      power += 1;
    }
    return `${rest}${BINARY[power]}`;
  }
  if (nano === 0n) {
    return '0';
  }
  let rest = nano;
  let exponent = -9;
  while (exponent < 18 && rest % 1000n === 0n) {
    rest /= 1000n;
    exponent += 3;
  }
  if (family === 'exponent') {
    return exponent === 0 ? `${rest}` : `${rest}e${exponent}`;
  }
  return `${rest}${DECIMAL[exponent]}`;
}

/** An amount in units of 10⁻⁹ as the shortest text that means it. */
export function formatNano(nano: bigint): string {
  return format({ nano, family: 'decimal' });
}

/** The value in units of 10⁻⁹, to compare and to add quantities. Undefined for what is no quantity. */
export function nanoOfQuantity(value: unknown): bigint | undefined {
  return typeof value === 'number' || typeof value === 'string'
    ? parse(String(value))?.nano
    : undefined;
}
