import { isObject, listAt, objectAt } from '../../api/json';
import { FieldError, JsonObject } from '../../api/seams';
import { invalid } from '../../schema/fieldErrors';
import { StoredObject } from '../../types';
import { AGE, Column, defineKind } from '../defineKind';
import { nanoOfQuantity } from '../../quantity';

function usage(object: StoredObject, limits: boolean): string {
  const hard = objectAt(object, 'status', 'hard');
  const used = objectAt(object, 'status', 'used');
  return Object.keys(hard)
    .filter(name => name.startsWith('limits.') === limits)
    .sort()
    .map(name => `${name}: ${used[name] ?? 0}/${hard[name]}`)
    .join(', ');
}

const resourceQuota = defineKind({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  status: true,
  deleteReturnsObject: true,
  create: draft => {
    draft.status = {};
  },
  validate: object =>
    Object.entries(objectAt(object, 'spec', 'hard'))
      .filter(([, value]) => (nanoOfQuantity(value) ?? 0n) < 0n)
      .map(([name, value]) =>
        invalid(
          `spec.hard[${name}]`,
          value,
          'must be greater than or equal to 0',
        ),
      ),
  columns: [
    { name: 'Request', cell: object => usage(object, false) },
    { name: 'Limit', cell: object => usage(object, true) },
    AGE,
  ],
});

/** Default limits of containers come from the maximum, default requests from the default limit or else from the minimum. */
function defaultLimit(limit: unknown): unknown {
  if (!isObject(limit) || limit.type !== 'Container') {
    return limit;
  }
  const limits = { ...objectAt(limit, 'max'), ...objectAt(limit, 'default') };
  const requests = {
    ...objectAt(limit, 'min'),
    ...limits,
    ...objectAt(limit, 'defaultRequest'),
  };
  return {
    ...limit,
    ...(Object.keys(limits).length > 0 ? { default: limits } : {}),
    ...(Object.keys(requests).length > 0 ? { defaultRequest: requests } : {}),
  };
}

/** Pairs of which the first may not be greater than the second, with the server's words for them. */
const ORDER: readonly [string, string, string][] = [
  ['min', 'max', 'min value %a is greater than max value %b'],
  [
    'min',
    'defaultRequest',
    'min value %a is greater than default request value %b',
  ],
  [
    'defaultRequest',
    'max',
    'default request value %a is greater than max value %b',
  ],
  [
    'defaultRequest',
    'default',
    'default request value %a is greater than default limit value %b',
  ],
  ['min', 'default', 'min value %a is greater than default value %b'],
  ['default', 'max', 'default value %a is greater than max value %b'],
];

function limitErrors(limit: unknown, index: number): FieldError[] {
  const names = new Set(
    ['min', 'max', 'default', 'defaultRequest'].flatMap(field =>
      Object.keys(objectAt(limit, field)),
    ),
  );
  return [...names].sort().flatMap(name =>
    ORDER.flatMap(([low, high, words]) => {
      const a = objectAt(limit, low)[name];
      const b = objectAt(limit, high)[name];
      const [small, great] = [nanoOfQuantity(a), nanoOfQuantity(b)];
      if (small === undefined || great === undefined || small <= great) {
        return [];
      }
      const field = low === 'min' && high !== 'max' ? high : low;
      // the real server shows the minimum where it names the default limit
      const value = field === low || high === 'default' ? a : b;
      const detail = words.replace('%a', String(a)).replace('%b', String(b));
      return [
        invalid(`spec.limits[${index}].${field}[${name}]`, value, detail),
      ];
    }),
  );
}

const CREATED: Column = {
  name: 'Created At',
  cell: object => object.metadata.creationTimestamp,
};

const limitRange = defineKind({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  default: (draft: JsonObject) => {
    const spec = objectAt(draft, 'spec');
    draft.spec = { ...spec, limits: listAt(spec, 'limits').map(defaultLimit) };
  },
  validate: object => listAt(object, 'spec', 'limits').flatMap(limitErrors),
  columns: [CREATED],
});

/** ResourceQuota and LimitRange. */
export const quotaKinds = [resourceQuota, limitRange];
