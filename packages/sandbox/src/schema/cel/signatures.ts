import { CelType, dyn, list, plain, text } from './types';

interface Signature {
  /** Types that the target of a method may have. */
  target?: readonly CelType['is'][];
  result(types: readonly CelType[]): CelType;
  /** Beyond that of a call, from the types of target and arguments. */
  cost?(types: readonly CelType[]): number;
}

const bool = () => plain('bool');
const int = () => plain('int');
const opaque = () => plain('opaque');
const tenth = (types: readonly CelType[]) => types[0].max / 10;
const each = (types: readonly CelType[]) => types[0].max;
const ofString = ['string'] as const;
const ofList = ['list'] as const;
const ofOpaque = ['opaque'] as const;

const sameText = (types: readonly CelType[]) => text(types[0].max);
const element = (types: readonly CelType[]) => {
  const [first] = types;
  return first.is === 'list' ? first.of : dyn;
};
/** A text against a pattern: cel-go's cost of a regular expression. */
const matching = ([subject, pattern]: readonly CelType[]) =>
  ((subject.max + 1) / 10) * Math.max(1, pattern.max / 4);

const search: Signature = {
  target: ofString,
  result: bool,
  cost: ([subject, part]) => (subject.max / 10) * Math.max(1, part.max / 10),
};
const prefix: Signature = {
  target: ofString,
  result: bool,
  cost: ([, part]) => part.max / 10,
};
const check: Signature = { result: bool, cost: tenth };
const parsed: Signature = { result: opaque, cost: tenth };
const rewritten: Signature = {
  target: ofString,
  result: sameText,
  cost: tenth,
};
const position: Signature = {
  target: ['string', 'list'],
  result: int,
  cost: ([subject, part]) => (subject.max / 10) * Math.max(1, part.max / 10),
};
const part: Signature = { target: ofOpaque, result: () => text(2048) };
const compared: Signature = { target: ofOpaque, result: bool };
const reduced: Signature = { target: ofList, result: element, cost: each };
const setTest: Signature = {
  result: bool,
  cost: ([a, b]) => a.max * b.max,
};

/** Results and costs of functions; those that are not here yield anything and cost one. */
export const signatures: Readonly<Record<string, Signature | undefined>> = {
  size: { target: ['string', 'bytes', 'list', 'map'], result: int },
  contains: search,
  startsWith: prefix,
  endsWith: prefix,
  matches: { target: ofString, result: bool, cost: matching },
  find: { target: ofString, result: sameText, cost: matching },
  findAll: {
    target: ofString,
    result: ([subject]) => list(text(subject.max), subject.max),
    cost: matching,
  },
  indexOf: position,
  lastIndexOf: position,
  lowerAscii: rewritten,
  upperAscii: rewritten,
  trim: rewritten,
  substring: rewritten,
  replace: rewritten,
  charAt: { target: ofString, result: () => text(4) },
  split: {
    target: ofString,
    result: ([subject]) => list(text(subject.max), subject.max),
    cost: tenth,
  },
  join: {
    target: ofList,
    result: ([items]) =>
      text(items.is === 'list' ? items.max * items.of.max : items.max),
    cost: ([items]) =>
      items.is === 'list' ? (items.max * items.of.max) / 10 : items.max / 10,
  },
  isSorted: { target: ofList, result: bool, cost: each },
  sum: reduced,
  min: reduced,
  max: reduced,
  string: { result: types => text(types[0].max), cost: tenth },
  int: { result: int },
  double: { result: () => plain('double') },
  bool: { result: bool },
  timestamp: { result: () => plain('timestamp') },
  duration: { result: () => plain('duration') },
  type: { result: () => dyn },
  isQuantity: check,
  quantity: parsed,
  isGreaterThan: compared,
  isLessThan: compared,
  isInteger: compared,
  compareTo: { target: ofOpaque, result: int },
  sign: { target: ofOpaque, result: int },
  add: { target: ofOpaque, result: opaque },
  sub: { target: ofOpaque, result: opaque },
  isURL: check,
  url: parsed,
  getScheme: part,
  getHost: part,
  getHostname: part,
  getPort: part,
  getEscapedPath: part,
  isIP: check,
  ip: parsed,
  isCIDR: check,
  cidr: parsed,
  'sets.contains': setTest,
  'sets.equivalent': setTest,
  'sets.intersects': setTest,
};
