import { isIP, isIPv4, isIPv6 } from 'node:net';

const hostname =
  /^(?=.{1,253}$)[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*$/;
const uuid = (version: string, variant: string) =>
  new RegExp(
    `^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`,
    'i',
  );
const uuids = {
  any: uuid('[0-9a-f]', '[0-9a-f]'),
  3: uuid('3', '[0-9a-f]'),
  4: uuid('4', '[89ab]'),
  5: uuid('5', '[89ab]'),
};

/** A day that there is: JavaScript reads 30 February as 2 March. */
function isDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const ms = Date.parse(value);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value);
}

/** `IsDateTime` of kube-openapi's strfmt: a date, T, and a time with an offset; the seconds end with 59. */
function isDateTime(value: string): boolean {
  const time =
    /^[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
  return isDate(value.slice(0, 10)) && time.test(value.slice(10));
}

/** Go's `net.ParseIP` knows no zones (`fe80::1%eth0`), Node does. */
function isV6(value: string): boolean {
  return isIPv6(value) && !value.includes('%');
}

/** Go's `net.ParseCIDR`. */
export function isCidr(value: string): boolean {
  const [address, bits, ...rest] = value.split('/');
  return (
    rest.length === 0 &&
    isIP(address) !== 0 &&
    !address.includes('%') &&
    /^\d{1,3}$/.test(bits ?? '') &&
    Number(bits) <= (isIPv4(address) ? 32 : 128)
  );
}

function isUri(value: string): boolean {
  // Go's url.ParseRequestURI: an absolute URI or an absolute path.
  return (
    (value.startsWith('/') || /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(value)) &&
    !/\s/.test(value)
  );
}

/** Go's `time.ParseDuration`, and the words that go-openapi allows beside it (`2 weeks`). */
function isDuration(value: string): boolean {
  return (
    /^[-+]?(0|(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(value) ||
    /^(\d+)\s*(ns|nanoseconds?|us|µs|microseconds?|ms|milliseconds?|s|seconds?|m|minutes?|h|hours?|d|days?|w|weeks?)$/.test(
      value,
    )
  );
}

/**
 * String formats that an API server checks, of those listed in the documentation of CustomResourceDefinitions that occur in practice;
 * the rest (isbn, creditcard, ssn, bsonobjectid …) is not checked here, like a format unknown to the server.
 */
export const stringFormats: ReadonlyMap<string, (value: string) => boolean> =
  new Map<string, (value: string) => boolean>([
    ['date-time', isDateTime],
    ['datetime', isDateTime],
    ['date', isDate],
    ['duration', isDuration],
    ['uri', isUri],
    ['email', value => /^[^\s@<>]+@[^\s@<>]+$/.test(value)],
    ['hostname', value => hostname.test(value)],
    ['ipv4', isIPv4],
    ['ipv6', isV6],
    ['cidr', isCidr],
    ['mac', value => /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(value)],
    ['uuid', value => uuids.any.test(value)],
    ['uuid3', value => uuids[3].test(value)],
    ['uuid4', value => uuids[4].test(value)],
    ['uuid5', value => uuids[5].test(value)],
    [
      'byte',
      value => value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value),
    ],
    ['password', () => true],
    ['hexcolor', value => /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.test(value)],
  ]);
