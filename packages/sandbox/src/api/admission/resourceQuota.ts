import { nanoOfQuantity } from '../../builtin';
import { StoredObject } from '../../types';
import { forbidden, notImplemented } from '../failures';
import { listAt, objectAt } from '../json';
import { Amounts, amountsOf, quantityText, unstated, usedOf } from '../quota';
import { Store } from '../store';
import { AdmissionPlugin, AdmissionRequest } from './admission';

const QUOTAS = { group: '', plural: 'resourcequotas' };

const text = (names: readonly string[], amounts: Amounts): string =>
  names
    .map(name => `${name}=${quantityText(name, amounts.get(name) ?? 0n)}`)
    .join(',');

function check(
  store: Store,
  quota: StoredObject,
  request: AdmissionRequest,
): void {
  const { kind, name, object } = request;
  if (kind.group === '' && kind.plural === 'pods') {
    const missing = [...unstated(quota, object)].map(
      ([resource, containers]) => `${resource} for: ${containers.join(',')}`,
    );
    if (missing.length > 0) {
      const why = `failed quota: ${
        quota.metadata.name
      }: must specify ${missing.join('; ')}`;
      throw forbidden(kind, name, why);
    }
  }
  const requested = amountsOf(kind, object);
  const hard: Amounts = new Map(
    Object.entries(objectAt(quota, 'spec', 'hard')).map(([resource, value]) => [
      resource,
      nanoOfQuantity(value) ?? 0n,
    ]),
  );
  const concerned = [...hard.keys()].filter(
    resource => (requested.get(resource) ?? 0n) > 0n,
  );
  if (concerned.length === 0) return;
  const used = usedOf(store, quota);
  const exceeded = concerned
    .filter(
      resource =>
        (used.get(resource) ?? 0n) + (requested.get(resource) ?? 0n) >
        (hard.get(resource) ?? 0n),
    )
    .sort();
  if (exceeded.length === 0) return;
  throw forbidden(
    kind,
    name,
    `exceeded quota: ${quota.metadata.name}, requested: ${text(
      exceeded,
      requested,
    )}, used: ${text(exceeded, used)}, limited: ${text(exceeded, hard)}`,
  );
}

/** ResourceQuota: what is created must fit, counted from the objects that are there. Scopes answer 501. */
export function resourceQuota(store: Store): AdmissionPlugin {
  return {
    validate(request) {
      const { operation, kind, namespace, object, subresource } = request;
      if (operation !== 'CREATE' || !kind.namespaced || subresource) return;
      if (kind.group === '' && kind.plural === 'resourcequotas') {
        const spec = objectAt(object, 'spec');
        if (listAt(spec, 'scopes').length > 0 || spec.scopeSelector) {
          throw notImplemented('scopes of a ResourceQuota');
        }
      }
      for (const quota of store.list(QUOTAS, namespace))
        check(store, quota, request);
    },
  };
}
