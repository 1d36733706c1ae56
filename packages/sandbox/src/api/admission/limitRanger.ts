import { nanoOfQuantity } from '../../builtin';
import { forbidden, notImplemented } from '../failures';
import { isObject, listAt, objectAt } from '../json';
import { JsonObject } from '../seams';
import { Store } from '../store';
import { AdmissionPlugin, AdmissionRequest } from './admission';

const LIMITS = { group: '', plural: 'limitranges' };

const isPodCreation = ({
  operation,
  kind,
  subresource,
}: AdmissionRequest): boolean =>
  operation === 'CREATE' &&
  kind.group === '' &&
  kind.plural === 'pods' &&
  !subresource;

/** The limits for containers of a namespace. */
function containerLimits(
  store: Store,
  namespace: string | undefined,
): JsonObject[] {
  return store
    .list(LIMITS, namespace)
    .flatMap(range => listAt(range, 'spec', 'limits'))
    .filter(isObject)
    .filter(limit => limit.type === 'Container');
}

const containersOf = (pod: unknown): JsonObject[] =>
  ['containers', 'initContainers']
    .flatMap(field => listAt(pod, 'spec', field))
    .filter(isObject);

/** Fills what is missing in requests or limits; returns the names that it set. */
function fill(
  container: JsonObject,
  field: 'requests' | 'limits',
  defaults: JsonObject,
): string[] {
  const resources = { ...objectAt(container, 'resources') };
  const own = objectAt(resources, field);
  const set = Object.keys(defaults).filter(name => own[name] === undefined);
  if (set.length === 0) return [];
  const added = Object.fromEntries(set.map(name => [name, defaults[name]]));
  container.resources = { ...resources, [field]: { ...own, ...added } };
  return set;
}

function applyDefaults(
  limit: JsonObject,
  container: JsonObject,
  notes: string[],
): void {
  // a request that is missing follows the container's own limit before the namespace's default
  const own = objectAt(container, 'resources', 'limits');
  const requests = { ...objectAt(limit, 'defaultRequest') };
  for (const name of Object.keys(requests))
    if (own[name] !== undefined) requests[name] = own[name];
  const asked = fill(container, 'requests', requests);
  const limited = fill(container, 'limits', objectAt(limit, 'default'));
  const name = String(container.name);
  if (asked.length > 0)
    notes.push(`${asked.sort().join(', ')} request for container ${name}`);
  if (limited.length > 0)
    notes.push(`${limited.sort().join(', ')} limit for container ${name}`);
}

function violation(
  limit: JsonObject,
  container: JsonObject,
): string | undefined {
  const limits = objectAt(container, 'resources', 'limits');
  const requests = objectAt(container, 'resources', 'requests');
  for (const [name, max] of Object.entries(objectAt(limit, 'max'))) {
    if (limits[name] === undefined) {
      return `maximum ${name} usage per Container is ${String(
        max,
      )}.  No limit is specified`;
    }
    if ((nanoOfQuantity(limits[name]) ?? 0n) > (nanoOfQuantity(max) ?? 0n)) {
      return `maximum ${name} usage per Container is ${String(
        max,
      )}, but limit is ${String(limits[name])}`;
    }
  }
  for (const [name, min] of Object.entries(objectAt(limit, 'min'))) {
    if (requests[name] === undefined) {
      return `minimum ${name} usage per Container is ${String(
        min,
      )}.  No request is specified`;
    }
    if ((nanoOfQuantity(requests[name]) ?? 0n) < (nanoOfQuantity(min) ?? 0n)) {
      return `minimum ${name} usage per Container is ${String(
        min,
      )}, but request is ${String(requests[name])}`;
    }
  }
  return undefined;
}

/** LimitRanger for containers: defaults, then bounds. Limits of other types and ratios answer 501. */
export function limitRanger(store: Store): AdmissionPlugin {
  return {
    mutate(request) {
      if (!isPodCreation(request)) return;
      const notes: string[] = [];
      for (const limit of containerLimits(store, request.namespace)) {
        for (const container of containersOf(request.object)) {
          applyDefaults(limit, container, notes);
        }
      }
      if (notes.length === 0) return;
      const metadata = objectAt(request.object, 'metadata');
      metadata.annotations = {
        ...objectAt(metadata, 'annotations'),
        'kubernetes.io/limit-ranger': `LimitRanger plugin set: ${notes.join(
          '; ',
        )}`,
      };
    },
    validate(request) {
      const { kind, name, namespace, object } = request;
      if (
        kind.group === '' &&
        kind.plural === 'limitranges' &&
        request.operation !== 'DELETE'
      ) {
        refuseOtherLimits(object);
      }
      if (!isPodCreation(request)) return;
      for (const limit of containerLimits(store, namespace)) {
        for (const container of containersOf(object)) {
          const why = violation(limit, container);
          if (why) throw forbidden(kind, name, why);
        }
      }
    },
  };
}

function refuseOtherLimits(range: JsonObject): void {
  for (const limit of listAt(range, 'spec', 'limits').filter(isObject)) {
    if (limit.type !== 'Container') {
      throw notImplemented(
        `a LimitRange of type ${String(limit.type)}; only Container is`,
      );
    }
    if (limit.maxLimitRequestRatio)
      throw notImplemented('maxLimitRequestRatio of a LimitRange');
  }
}
