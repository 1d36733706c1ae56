import { KubeObject } from '@slipway/controller';
import { Endpoint } from '../gateway/flavour';
import { numberAt, textAt } from './json';
import { ModelCaches } from './ModelCaches';
import { Model, parseModel } from './model';
import { ANNOTATIONS, isOwnedBy, namesOf } from './names';
import { Observed, ObservedEndpoint } from './observed';
import { Platform } from './platform';
import { SecretWatches } from './SecretWatches';
import { findSpecProblem } from './specProblems';

/** Gathers from the caches everything that decides about a model. */
export function observeModel(
  model: Model,
  caches: ModelCaches,
  platform: Platform,
  issuerProblem: string | undefined,
  secrets: SecretWatches,
): Observed {
  const { namespace, uid } = model;
  const names = namesOf(model);
  const { generated } = caches;
  const own = (object: KubeObject | undefined) =>
    object && isOwnedBy(object, uid) ? object : undefined;
  const endpoint = (
    name: Endpoint,
    policy: string,
    route: string,
  ): ObservedEndpoint => ({
    policy: own(caches.policies.get({ namespace, name: policy })),
    route: own(caches.routes.get({ namespace, name: route })),
    generated: madeByGateway(
      caches.generatedRoutes.get({ namespace, name: route }),
    ),
    gatewayFound: caches.gateways.served
      ? caches.isListenerThere(platform[name])
      : undefined,
    guard: caches.guardOf(platform, name),
  });
  const claim = own(generated.claims.get({ namespace, name: names.claim }));
  const deployment = own(
    generated.deployments.get({ namespace, name: names.server }),
  );
  const held =
    deployment?.metadata.annotations?.[ANNOTATIONS.held] !== undefined;
  return {
    namespaceManaged: caches.isNamespaceManaged(namespace),
    claim,
    storageClassFound: isClassFound(model, claim, caches, platform),
    jobs: generated.jobs.byIndex('ownerUid', uid),
    pods: caches.podsOf(model),
    ...(held ? { held: deployment } : { deployment }),
    picker: own(generated.deployments.get({ namespace, name: names.picker })),
    pool: own(generated.pools.get({ namespace, name: names.pool })),
    endpoints: {
      external: endpoint('external', names.externalPolicy, names.externalRoute),
      internal: endpoint('internal', names.internalPolicy, names.internalRoute),
    },
    holder: holderOf(model, caches),
    unserved: new Set(
      caches.optional
        .filter(cache => !cache.served)
        .map(cache => cache.resource.kind),
    ),
    issuerProblem,
    secret: model.authSecretName
      ? secrets.find(namespace, model.authSecretName)
      : undefined,
  };
}

/** Only what came of an AIGatewayRoute; a route that somebody made by hand under this name is not ours to wait for. */
function madeByGateway(route: KubeObject | undefined): KubeObject | undefined {
  return route?.metadata.ownerReferences?.some(
    owner => owner.kind === 'AIGatewayRoute',
  )
    ? route
    : undefined;
}

function isClassFound(
  model: Model,
  claim: KubeObject | undefined,
  caches: ModelCaches,
  platform: Platform,
): boolean | undefined {
  const name = claim
    ? textAt(claim, 'spec', 'storageClassName')
    : model.storage.storageClassName ?? platform.storageClassName;
  return name === undefined
    ? undefined
    : caches.storageClasses.get({ name }) !== undefined;
}

/** The model that holds the id with an older claim, if there is one. One that can't be accepted holds nothing. */
function holderOf(model: Model, caches: ModelCaches): Observed['holder'] {
  const rank = (object: KubeObject) => rankOf(object, model.modelId);
  const self = caches.models.get(model);
  if (!self) {
    return undefined;
  }
  const mine = rank(self);
  for (const other of caches.modelsWithId(model.modelId)) {
    const { namespace = '', name, uid } = other.metadata;
    if (uid !== model.uid && canHold(other, caches) && rank(other) < mine) {
      return { namespace, name, modelId: model.modelId };
    }
  }
  return undefined;
}

function canHold(object: KubeObject, caches: ModelCaches): boolean {
  const model = parseModel(object);
  const serves = (numberAt(object, 'status', 'replicas', 'ready') ?? 0) > 0;
  return (
    serves ||
    (caches.isNamespaceManaged(model.namespace) &&
      findSpecProblem(model) === undefined)
  );
}

/** Sorts claims on an id: who claimed it first; then, unclaimed, who was made first; then by name, so that there is always one winner. */
function rankOf(object: KubeObject, modelId: string): string {
  const { creationTimestamp = '', namespace, name } = object.metadata;
  const claimed =
    textAt(object, 'status', 'claim', 'modelId') === modelId
      ? textAt(object, 'status', 'claim', 'since')
      : undefined;
  const serving = textAt(object, 'status', 'servedModelId') === modelId;
  const since = serving ? claimed ?? '' : claimed ?? '9999';
  return [since, creationTimestamp, `${namespace}/${name}`].join(' ');
}

/** Whether any of a model's routes still leads to it. */
export function leadsAnywhere(observed: Observed): boolean {
  return Object.values(observed.endpoints).some(
    ({ route, generated }) => route !== undefined || generated !== undefined,
  );
}
