import { canonicalQuantity, nanoOfQuantity } from '../builtin';
import { StoredObject } from '../types';
import { qualified } from './failures';
import { isObject, listAt, objectAt, stringAt } from './json';
import { JsonObject } from './seams';
import { Store } from './store';

/** Amounts in units of 10⁻⁹, by the name that a quota has for them. */
export type Amounts = Map<string, bigint>;

const NANO = 1_000_000_000n;

/** Kinds that quotas count under a short name beside `count/…`. */
const COUNTED = [
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'resourcequotas',
  'secrets',
  'services',
];

const add = (amounts: Amounts, name: string, amount: bigint): void => {
  amounts.set(name, (amounts.get(name) ?? 0n) + amount);
};

/** Sum over containers, or the greatest init container where that is more. */
function podResources(pod: unknown, field: 'requests' | 'limits'): Amounts {
  const amounts: Amounts = new Map();
  for (const container of listAt(pod, 'spec', 'containers')) {
    for (const [name, value] of Object.entries(
      objectAt(container, 'resources', field),
    )) {
      add(amounts, name, nanoOfQuantity(value) ?? 0n);
    }
  }
  for (const container of listAt(pod, 'spec', 'initContainers')) {
    for (const [name, value] of Object.entries(
      objectAt(container, 'resources', field),
    )) {
      const amount = nanoOfQuantity(value) ?? 0n;
      if (amount > (amounts.get(name) ?? 0n)) amounts.set(name, amount);
    }
  }
  return amounts;
}

function podAmounts(pod: unknown, amounts: Amounts): void {
  const phase = stringAt(pod, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return;
  add(amounts, 'pods', NANO);
  for (const [name, amount] of podResources(pod, 'requests')) {
    add(amounts, `requests.${name}`, amount);
    if (name === 'cpu' || name === 'memory') add(amounts, name, amount);
  }
  for (const [name, amount] of podResources(pod, 'limits'))
    add(amounts, `limits.${name}`, amount);
}

/** What one object uses. */
export function amountsOf(
  resource: { group: string; plural: string },
  object: unknown,
): Amounts {
  const { group, plural } = resource;
  const amounts: Amounts = new Map([
    [`count/${qualified(group, plural)}`, NANO],
  ]);
  if (group !== '') return amounts;
  if (plural === 'pods') podAmounts(object, amounts);
  else if (COUNTED.includes(plural)) add(amounts, plural, NANO);
  if (plural === 'persistentvolumeclaims') {
    const storage = objectAt(object, 'spec', 'resources', 'requests').storage;
    add(amounts, 'requests.storage', nanoOfQuantity(storage) ?? 0n);
  }
  return amounts;
}

/** The resource whose objects a name of a quota counts. */
function resourceOf(name: string): { group: string; plural: string } {
  if (name.startsWith('count/')) {
    const [plural, ...group] = name.slice('count/'.length).split('.');
    return { group: group.join('.'), plural };
  }
  if (name === 'requests.storage')
    return { group: '', plural: 'persistentvolumeclaims' };
  return { group: '', plural: COUNTED.includes(name) ? name : 'pods' };
}

/** An amount as a quantity: bytes with binary suffixes, as the real controller sums them. */
export function quantityText(name: string, amount: bigint): string {
  const whole = amount / NANO;
  const isBytes = name.endsWith('memory') || name.endsWith('storage');
  const kibi = isBytes && whole > 0n && whole % 1024n === 0n;
  return canonicalQuantity(kibi ? `${whole / 1024n}Ki` : `${amount}n`) ?? '0';
}

/** What a namespace uses of the things that a quota limits. */
export function usedOf(store: Store, quota: StoredObject): Amounts {
  const used: Amounts = new Map();
  const { namespace } = quota.metadata;
  for (const name of Object.keys(objectAt(quota, 'spec', 'hard'))) {
    const resource = resourceOf(name);
    let sum = 0n;
    for (const object of store.list(resource, namespace)) {
      sum += amountsOf(resource, object).get(name) ?? 0n;
    }
    used.set(name, sum);
  }
  return used;
}

/** Names of compute resources that every container has to state because the quota limits them, with the containers that do not. */
export function unstated(
  quota: StoredObject,
  pod: unknown,
): Map<string, string[]> {
  const missing = new Map<string, string[]>();
  for (const name of Object.keys(objectAt(quota, 'spec', 'hard')).sort()) {
    const match = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(name);
    if (!match) continue;
    const without = [
      ...listAt(pod, 'spec', 'containers'),
      ...listAt(pod, 'spec', 'initContainers'),
    ]
      .filter(isObject)
      .filter(container => {
        const stated: JsonObject = objectAt(
          container,
          'resources',
          match[1] ?? 'requests',
        );
        return stated[match[2]] === undefined;
      })
      .map(container => String(container.name));
    if (without.length > 0) missing.set(name, without);
  }
  return missing;
}
