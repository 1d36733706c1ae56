import type { KubeObject } from '@slipway/controller';
import { normalizeGroup } from '@slipway/plugin-llm-common';
import { listAt, textAt, textsAt } from '../models/json';
import { parseModel } from '../models/model';
import type { EndpointName } from './types';
import type { Reach, WorldModel, WorldTenant } from './world';

/** Conditions that say that a model will not get the id that it asks for, or is not worked on at all. */
const NOT_ACCEPTED = new Set([
  'DuplicateModelId',
  'NamespaceNotManaged',
  'SpecInvalid',
]);

/**
 * What a check needs of an `LLMModel`; nothing for one that is being deleted, or that has no say in anything: it serves nothing and was not
 * accepted.
 */
export function readModel(object: KubeObject): WorldModel | undefined {
  const model = parseModel(object);
  const ref = `${model.namespace}/${model.name}`;
  const served = textAt(object, 'status', 'servedModelId');
  const accepted = listAt(object, 'status', 'conditions').find(
    condition => textAt(condition, 'type') === 'Accepted',
  );
  const refused =
    textAt(accepted, 'status') === 'False' &&
    NOT_ACCEPTED.has(textAt(accepted, 'reason') ?? '');
  if (model.deletedAt !== undefined || (refused && served === undefined)) {
    return undefined;
  }
  const reachOf = (endpoint: EndpointName): Reach => {
    if (!model.endpoints[endpoint]) {
      return 'disabled';
    }
    // The operator writes the address when servers are up and the endpoint's route and policy are in order.
    return textAt(object, 'status', 'endpoints', endpoint) === undefined
      ? 'not-ready'
      : 'ready';
  };
  const reach = {
    external: reachOf('external'),
    internal: reachOf('internal'),
  };
  // One that was refused goes on under the id that it serves, and has none other.
  const wanted = refused || model.modelId === '' ? [] : [model.modelId];
  return {
    ref,
    createdMs: Date.parse(model.createdAt) || 0,
    access: {
      public: model.access.public,
      groups: new Set(model.access.groups.map(normalizeGroup)),
    },
    ids: [...new Set([...wanted, ...(served === undefined ? [] : [served])])],
    reach: (id, endpoint) =>
      id === (served ?? model.modelId) || reach[endpoint] === 'disabled'
        ? reach[endpoint]
        : 'not-ready',
    rank: id => rankOf(object, id),
  };
}

/**
 * Sorts claims on an id as the operator does: who serves under it, who claimed it first, who was made first, then by name. Until the operator
 * has spoken a newcomer can't take an id that somebody else serves.
 */
function rankOf({ metadata, ...object }: KubeObject, id: string): string {
  const claimed =
    textAt(object, 'status', 'claim', 'modelId') === id
      ? textAt(object, 'status', 'claim', 'since')
      : undefined;
  const serves = textAt(object, 'status', 'servedModelId') === id;
  const since = claimed ?? (serves ? '' : '9999');
  const { creationTimestamp = '', namespace, name } = metadata;
  return [since, creationTimestamp, `${namespace}/${name}`].join(' ');
}

/** What a check needs of a `Tenant`. One whose state can't be read is not active. */
export function readTenant(object: KubeObject): WorldTenant {
  const state = textAt(object, 'spec', 'state') ?? 'active';
  return {
    name: object.metadata.name,
    state: state === 'active' ? 'active' : 'suspended',
    memberGroups: textsAt(object, 'spec', 'memberGroups').map(normalizeGroup),
  };
}
