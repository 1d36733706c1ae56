import { isIP, isIPv4, isIPv6 } from 'node:net';

const hostname =
  /^(?=.{1,253}$)[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*$/;
const dateTime =
  /^\d{4}-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const uuid = (version: string) =>
  new RegExp(
    `^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`,
    'i',
  );

function isDateTime(value: string): boolean {
  const match = dateTime.exec(value);
  return (
    match !== null &&
    !Number.isNaN(Date.parse(value.toUpperCase().replace(' ', 'T')))
  );
}

function isCidr(value: string): boolean {
  const [address, bits, ...rest] = value.split('/');
  return (
    rest.length === 0 &&
    isIP(address) !== 0 &&
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

function isDate(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
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
    ['ipv4', value => isIPv4(value)],
    ['ipv6', value => isIPv6(value)],
    ['cidr', isCidr],
    ['mac', value => /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(value)],
    ['uuid', value => uuid('[0-9a-f]').test(value)],
    ['uuid3', value => uuid('3').test(value)],
    ['uuid4', value => uuid('4').test(value)],
    ['uuid5', value => uuid('5').test(value)],
    [
      'byte',
      value => value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value),
    ],
    ['password', () => true],
    ['hexcolor', value => /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.test(value)],
  ]);

export { isCidr };
