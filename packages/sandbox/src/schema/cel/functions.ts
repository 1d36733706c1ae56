import { isIP, isIPv4 } from 'node:net';
import {
  CelFunc,
  CelInput,
  CelList,
  CelMap,
  CelScalar,
  CelValue,
  celFunc,
  celList,
  celMap,
  celMethod,
  isCelList,
  isCelMap,
  isCelUint,
  listType,
  mapType,
} from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { formatNano, nanoOfQuantity, QUANTITY_MESSAGE } from '../../quantity';
import { isCidr } from '../formats';
import { findAll, goPattern } from '../goPattern';

const { BOOL, DOUBLE, DYN, INT, STRING } = CelScalar;
const LIST = listType(DYN);
/** Quantities, URLs, addresses: the evaluator has no opaque types, so they are maps with one well-known key. */
const OPAQUE = mapType(STRING, DYN);

const QUANTITY = 'k8s.quantity';
const URL_TEXT = 'net.url';
const ADDRESS = 'net.ip';
const NETWORK = 'net.cidr';
/** Optional values are lists of no or one element. */
type Optional = CelList;

function opaque(kind: string, value: CelInput): CelMap {
  return celMap(new Map([[kind, value]]));
}

function opened(value: CelMap, kind: string): CelValue {
  const content = value.get(kind);
  if (content === undefined) throw new Error('no such overload');
  return content;
}

function quantityOf(value: CelMap): bigint {
  const content = opened(value, QUANTITY);
  if (typeof content !== 'bigint') throw new Error('no such overload');
  return content;
}

function textOf(value: CelMap, kind: string): string {
  const content = opened(value, kind);
  if (typeof content !== 'string') throw new Error('no such overload');
  return content;
}

const compared = (a: bigint, b: bigint): bigint => {
  if (a === b) return 0n;
  return a < b ? -1n : 1n;
};

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library */
const quantities: CelFunc[] = [
  celFunc(
    'isQuantity',
    [STRING],
    BOOL,
    text => nanoOfQuantity(text) !== undefined,
  ),
  celFunc('quantity', [STRING], OPAQUE, text => {
    const parsed = nanoOfQuantity(text);
    if (parsed === undefined) {
      throw new Error(QUANTITY_MESSAGE);
    }
    return opaque(QUANTITY, parsed);
  }),
  celMethod('sign', OPAQUE, [], INT, function sign() {
    return compared(quantityOf(this), 0n);
  }),
  celMethod('isInteger', OPAQUE, [], BOOL, function isInteger() {
    return quantityOf(this) % 10n ** 9n === 0n;
  }),
  celMethod('asInteger', OPAQUE, [], INT, function asInteger() {
    const value = quantityOf(this);
    if (value % 10n ** 9n !== 0n)
      throw new Error('cannot convert value to integer');
    return value / 10n ** 9n;
  }),
  celMethod('asApproximateFloat', OPAQUE, [], DOUBLE, function asFloat() {
    return Number(quantityOf(this)) / 1e9;
  }),
  celMethod('isGreaterThan', OPAQUE, [OPAQUE], BOOL, function isGreater(other) {
    return quantityOf(this) > quantityOf(other);
  }),
  celMethod('isLessThan', OPAQUE, [OPAQUE], BOOL, function isLess(other) {
    return quantityOf(this) < quantityOf(other);
  }),
  celMethod('compareTo', OPAQUE, [OPAQUE], INT, function compareTo(other) {
    return compared(quantityOf(this), quantityOf(other));
  }),
  celMethod('add', OPAQUE, [OPAQUE], OPAQUE, function add(other) {
    return opaque(QUANTITY, quantityOf(this) + quantityOf(other));
  }),
  celMethod('add', OPAQUE, [INT], OPAQUE, function addInt(other) {
    return opaque(QUANTITY, quantityOf(this) + other * 10n ** 9n);
  }),
  celMethod('sub', OPAQUE, [OPAQUE], OPAQUE, function sub(other) {
    return opaque(QUANTITY, quantityOf(this) - quantityOf(other));
  }),
  celMethod('sub', OPAQUE, [INT], OPAQUE, function subInt(other) {
    return opaque(QUANTITY, quantityOf(this) - other * 10n ** 9n);
  }),
  celFunc('string', [OPAQUE], STRING, value =>
    value.has(QUANTITY)
      ? formatNano(quantityOf(value))
      : textOf(value, value.has(NETWORK) ? NETWORK : ADDRESS),
  ),
];

/** Go's url.ParseRequestURI and `url.IsAbs() || path`: an absolute URL or an absolute path. */
function parseUrl(text: string): URL | undefined {
  const absolute = text.startsWith('/') ? `none://none${text}` : text;
  if (!/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(absolute) || /\s/.test(text)) {
    return undefined;
  }
  return URL.canParse(absolute) ? new URL(absolute) : undefined;
}

function urlPart(read: (url: URL) => string) {
  return function part(this: CelMap): string {
    const text = textOf(this, URL_TEXT);
    const parsed = parseUrl(text);
    return parsed ? read(parsed) : '';
  };
}

const relative = (url: URL) => url.protocol === 'none:';
/** Schemes whose default port the URL class drops; Go keeps what is written. */
function hostAsWritten(url: URL, text: string): string {
  if (relative(url)) return '';
  return /^[^:]+:\/\/(?:[^/?#@]*@)?([^/?#]*)/.exec(text)?.[1] ?? '';
}

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-url-library */
const urls: CelFunc[] = [
  celFunc('isURL', [STRING], BOOL, text => parseUrl(text) !== undefined),
  celFunc('url', [STRING], OPAQUE, text => {
    if (!parseUrl(text)) throw new Error(`URL parse error: ${text}`);
    return opaque(URL_TEXT, text);
  }),
  celMethod(
    'getScheme',
    OPAQUE,
    [],
    STRING,
    urlPart(url => (relative(url) ? '' : url.protocol.slice(0, -1))),
  ),
  celMethod('getHost', OPAQUE, [], STRING, function getHost() {
    const text = textOf(this, URL_TEXT);
    const parsed = parseUrl(text);
    return parsed ? hostAsWritten(parsed, text) : '';
  }),
  celMethod('getHostname', OPAQUE, [], STRING, function getHostname() {
    const text = textOf(this, URL_TEXT);
    const parsed = parseUrl(text);
    const host = parsed ? hostAsWritten(parsed, text) : '';
    return host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
  }),
  celMethod('getPort', OPAQUE, [], STRING, function getPort() {
    const text = textOf(this, URL_TEXT);
    const parsed = parseUrl(text);
    const host = parsed ? hostAsWritten(parsed, text) : '';
    return /:(\d*)$/.exec(host)?.[1] ?? '';
  }),
  celMethod('getEscapedPath', OPAQUE, [], STRING, function getEscapedPath() {
    const text = textOf(this, URL_TEXT);
    return (
      /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:(?:\/\/[^/?#]*)?)?([^?#]*)/.exec(
        text,
      )?.[1] ?? ''
    );
  }),
];

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library and #kubernetes-cidr-library */
const addresses: CelFunc[] = [
  celFunc('isIP', [STRING], BOOL, text => isAddress(text)),
  celFunc('ip', [STRING], OPAQUE, text => {
    if (!isAddress(text))
      throw new Error(`IP Address ${JSON.stringify(text)} parse error`);
    return opaque(ADDRESS, text);
  }),
  celMethod('family', OPAQUE, [], INT, function family() {
    return isIPv4(textOf(this, ADDRESS)) ? 4n : 6n;
  }),
  celFunc('isCIDR', [STRING], BOOL, text => isCidr(text)),
  celFunc('cidr', [STRING], OPAQUE, text => {
    if (!isCidr(text)) throw new Error(`network address parse error: ${text}`);
    return opaque(NETWORK, text);
  }),
  celMethod('prefixLength', OPAQUE, [], INT, function prefixLength() {
    return BigInt(textOf(this, NETWORK).split('/')[1]);
  }),
];

/** Go's netip.ParseAddr without zones and IPv4-mapped addresses, which Kubernetes refuses. */
function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%') && !/^::ffff:\d/i.test(text);
}

function sameValue(a: CelValue | undefined, b: CelValue | undefined): boolean {
  if (a === b) return true;
  if (isCelUint(a) || isCelUint(b)) {
    return isCelUint(a) && isCelUint(b) && a.value === b.value;
  }
  if (isCelList(a)) {
    if (!isCelList(b) || a.size !== b.size) return false;
    return [...a].every((item, index) => sameValue(item, b.get(index)));
  }
  if (isCelMap(a)) {
    if (!isCelMap(b) || a.size !== b.size) return false;
    return [...a].every(([key, item]) => sameValue(item, b.get(key)));
  }
  if (typeof a === 'bigint' && typeof b === 'number') return a === BigInt(b);
  if (typeof a === 'number' && typeof b === 'bigint') return BigInt(a) === b;
  return false;
}

function before(a: CelValue, b: CelValue): boolean {
  const comparable =
    (typeof a === 'bigint' || typeof a === 'number') &&
    (typeof b === 'bigint' || typeof b === 'number');
  if (comparable) return a < b;
  if (typeof a === 'string' && typeof b === 'string') return a < b;
  if (typeof a === 'boolean' && typeof b === 'boolean') return !a && b;
  throw new Error('no such overload');
}

function extreme(list: CelList, better: (a: CelValue, b: CelValue) => boolean) {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error('called on empty list');
  return rest.reduce((best, item) => (better(item, best) ? item : best), first);
}

function sumOf(list: CelList): CelValue {
  const items = [...list];
  if (items.some(item => typeof item === 'number')) {
    return items.reduce<number>((sum, item) => sum + Number(item), 0);
  }
  return items.reduce<bigint>((sum, item) => {
    if (typeof item !== 'bigint') throw new Error('no such overload');
    return sum + item;
  }, 0n);
}

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library, and the sets extension. */
const lists: CelFunc[] = [
  celMethod('isSorted', LIST, [], BOOL, function isSorted() {
    const items = [...this];
    return items.every(
      (item, index) => index === 0 || !before(item, items[index - 1]),
    );
  }),
  celMethod('sum', LIST, [], DYN, function sum() {
    return sumOf(this);
  }),
  celMethod('min', LIST, [], DYN, function min() {
    return extreme(this, before);
  }),
  celMethod('max', LIST, [], DYN, function max() {
    return extreme(this, (a, b) => before(b, a));
  }),
  celMethod('indexOf', LIST, [DYN], INT, function indexOf(wanted) {
    return BigInt([...this].findIndex(item => sameValue(item, wanted)));
  }),
  celMethod('lastIndexOf', LIST, [DYN], INT, function lastIndexOf(wanted) {
    return BigInt([...this].findLastIndex(item => sameValue(item, wanted)));
  }),
  celFunc('sets.contains', [LIST, LIST], BOOL, containsAll),
  celFunc(
    'sets.equivalent',
    [LIST, LIST],
    BOOL,
    (a, b) => containsAll(a, b) && containsAll(b, a),
  ),
  celFunc('sets.intersects', [LIST, LIST], BOOL, (a, b) =>
    [...a].some(item => [...b].some(other => sameValue(item, other))),
  ),
];

function containsAll(list: CelList, wanted: CelList): boolean {
  return [...wanted].every(item =>
    [...list].some(other => sameValue(item, other)),
  );
}

/** Corrections to the strings extension, the regular expressions of Kubernetes, and `oldSelf` as an optional. */
const texts: CelFunc[] = [
  celMethod(
    'split',
    STRING,
    [STRING, INT],
    LIST,
    function split(separator, limit) {
      return celList(splitLimited(this, separator, Number(limit)));
    },
  ),
  celMethod('matches', STRING, [STRING], BOOL, function matches(pattern) {
    return goPattern(pattern).test(this);
  }),
  celMethod('find', STRING, [STRING], STRING, function find(pattern) {
    return findAll(pattern, this)[0] ?? '';
  }),
  celMethod('findAll', STRING, [STRING], LIST, function findEvery(pattern) {
    return celList(findAll(pattern, this));
  }),
  celMethod(
    'findAll',
    STRING,
    [STRING, INT],
    LIST,
    function findSome(pattern, limit) {
      const found = findAll(pattern, this);
      return celList(limit < 0n ? found : found.slice(0, Number(limit)));
    },
  ),
  celMethod('hasValue', LIST, [], BOOL, function hasValue(this: Optional) {
    return this.size === 1;
  }),
  celMethod('value', LIST, [], DYN, function value(this: Optional) {
    const content = this.get(0);
    if (content === undefined) throw new Error('optional.none() dereference');
    return content;
  }),
  celMethod(
    'orValue',
    LIST,
    [DYN],
    DYN,
    function orValue(this: Optional, fallback) {
      return this.get(0) ?? fallback;
    },
  ),
];

/** Go's strings.SplitN: the last piece keeps the rest. */
function splitLimited(
  text: string,
  separator: string,
  limit: number,
): string[] {
  if (limit === 0) return [];
  const pieces = text.split(separator);
  if (limit < 0 || pieces.length <= limit) return pieces;
  return [
    ...pieces.slice(0, limit - 1),
    pieces.slice(limit - 1).join(separator),
  ];
}

const replaced = new Set(texts.map(func => func.id));

/** Functions beyond CEL's own that rules of CustomResourceDefinitions may call here. */
export const kubernetesFunctions: readonly CelFunc[] = [
  ...strings.filter(func => !replaced.has(func.id)),
  ...quantities,
  ...urls,
  ...addresses,
  ...lists,
  ...texts,
];
