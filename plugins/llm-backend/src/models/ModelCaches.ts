import {
  ApplierOptions,
  Cache,
  CacheOptions,
  KubeObject,
  Manager,
  ObjectKey,
  Resource,
} from '@slipway/controller';
import { Endpoint, ENDPOINTS, GatewayFlavour } from '../gateway/flavour';
import { Guard, GuardInput, judgeGuard, verdictOf } from '../gateway/guard';
import { listAt, textAt } from './json';
import { GENERATED_KINDS, LLM_MODELS, READ_KINDS } from './kinds';
import { parseModel } from './model';
import { Platform } from './platform';
import {
  LABELS,
  MANAGED_BY,
  MANAGED_NAMESPACE_LABEL,
  MANAGED_SELECTOR,
  namesOf,
} from './names';
import {
  thin,
  thinPod,
  thinWithStatus,
  withoutManagedFields,
} from './thinObjects';

type WantedGuard = GuardInput['wanted'];

const BY_MODEL_ID = 'modelId';
const BY_MODEL = 'model';
const BY_JUDGE = 'judge';

/** Who judges by a model's policy: the authorizer, or the gateway itself. */
export type Judge = 'authorizer' | 'gateway';

const isOurs = ({ metadata }: KubeObject) =>
  metadata.labels?.[LABELS.managedBy] === MANAGED_BY;

/** Copies of everything that the operator looks at, each narrowed to what it needs. */
export class ModelCaches {
  private ownWrite = false;
  private readonly guards: Partial<
    Record<
      Endpoint,
      { platform: Platform; gatewayWide?: KubeObject; wanted: WantedGuard }
    >
  > = {};
  readonly models: Cache;
  readonly pods: Cache;
  readonly namespaces: Cache;
  readonly storageClasses: Cache;
  readonly gateways: Cache;
  readonly policies: Cache;
  /** What listeners do to headers: the operator's own policies and those of others. */
  readonly headerPolicies: Cache;
  /** Who may name the authorizer, of the operator's own. */
  readonly grants: Cache;
  readonly routes: Cache;
  readonly generatedRoutes: Cache;
  /** What the operator makes, beside policies and routes. */
  readonly generated: Record<keyof typeof GENERATED_KINDS, Cache>;

  private constructor(
    manager: Manager,
    private readonly flavour: GatewayFlavour,
  ) {
    const own = (resource: Resource, indexes?: CacheOptions['indexes']) =>
      manager.cache({
        resource,
        scope: { labelSelector: MANAGED_SELECTOR },
        indexes,
      });
    this.models = manager.cache({
      resource: LLM_MODELS,
      indexes: { [BY_MODEL_ID]: modelIdsOf },
    });
    this.pods = manager.cache({
      resource: READ_KINDS.pods,
      scope: { labelSelector: MANAGED_SELECTOR },
      indexes: {
        [BY_MODEL]: object => [
          `${object.metadata.namespace}/${
            object.metadata.labels?.[LABELS.model]
          }`,
        ],
      },
      transform: thinPod,
    });
    this.namespaces = manager.cache({
      resource: READ_KINDS.namespaces,
      transform: thin,
    });
    this.storageClasses = manager.cache({
      resource: READ_KINDS.storageClasses,
      transform: thin,
    });
    this.gateways = manager.cache({
      resource: READ_KINDS.gateways,
      transform: withoutManagedFields,
    });
    this.policies = own(flavour.policyKind, {
      [BY_JUDGE]: policy => judgesOf(policy, flavour),
    });
    this.headerPolicies = manager.cache({
      resource: flavour.headerPolicyKind,
    });
    this.grants = own(flavour.grantKind);
    this.routes = own(flavour.routeKind);
    this.generatedRoutes = manager.cache({
      resource: flavour.generatedRouteKind,
      transform: thinWithStatus,
    });
    this.generated = {
      claims: own(GENERATED_KINDS.claims),
      configMaps: own(GENERATED_KINDS.configMaps),
      serviceAccounts: own(GENERATED_KINDS.serviceAccounts),
      services: own(GENERATED_KINDS.services),
      deployments: own(GENERATED_KINDS.deployments),
      jobs: own(GENERATED_KINDS.jobs),
      networkPolicies: own(GENERATED_KINDS.networkPolicies),
      roles: own(GENERATED_KINDS.roles),
      roleBindings: own(GENERATED_KINDS.roleBindings),
      podMonitors: own(GENERATED_KINDS.podMonitors),
      pools: own(GENERATED_KINDS.pools),
    };
  }

  /** Makes the caches; they fill when the manager starts. */
  static create(manager: Manager, flavour: GatewayFlavour): ModelCaches {
    return new ModelCaches(manager, flavour);
  }

  /** Caches of what the operator writes: an applier compares with them. */
  get written(): ApplierOptions['caches'] {
    return [
      this.models,
      this.policies,
      this.headerPolicies,
      this.grants,
      this.routes,
      ...Object.values(this.generated),
    ].map(cache => this.noticing(cache));
  }

  /** Takes over the answer to a write of ours to a model. */
  observeModel(object: KubeObject): void {
    this.noticing(this.models).observeWrite(object);
  }

  /** Whether what changes at this very moment is the answer to a write of ours. What we asked for is no news; what others did just before may be. */
  get isOwnWrite(): boolean {
    return this.ownWrite;
  }

  private noticing(cache: Cache): ApplierOptions['caches'][number] {
    return {
      resource: cache.resource,
      scope: cache.scope,
      get served() {
        return cache.served;
      },
      get: key => cache.get(key),
      list: namespace => cache.list(namespace),
      byIndex: (name, value) => cache.byIndex(name, value),
      observeWrite: object => {
        this.ownWrite = true;
        try {
          cache.observeWrite(object);
        } finally {
          this.ownWrite = false;
        }
      },
    };
  }

  /** Caches of kinds that come with CRDs which may be missing. */
  get optional(): Cache[] {
    return [
      this.policies,
      this.headerPolicies,
      this.grants,
      this.routes,
      this.generatedRoutes,
      this.gateways,
      this.generated.pools,
      this.generated.podMonitors,
    ];
  }

  /** Policies of models on an endpoint by which this judge decides. */
  policiesJudgedBy(judge: Judge, endpoint: Endpoint): KubeObject[] {
    return this.policies.byIndex(BY_JUDGE, `${judge}/${endpoint}`);
  }

  /** How an endpoint's listener is guarded; nothing without an authorizer. */
  guardOf(platform: Platform, endpoint: Endpoint): Guard | undefined {
    if (!platform.authorizer) {
      return undefined;
    }
    const wanted = this.wantedGuard(platform, endpoint);
    return judgeGuard({
      flavour: this.flavour,
      wanted,
      live: {
        listener: this.policies.get(wanted.listener.metadata),
        stripping: this.headerPolicies.get(wanted.stripping.metadata),
      },
      gatewayJudgesToo: this.policiesJudgedBy('gateway', endpoint).length > 0,
    });
  }

  /** Whether an endpoint's listener lets nobody through who is not let through by a model's own policy. */
  deniesByDefault(platform: Platform, endpoint: Endpoint): boolean {
    const { listener } = this.wantedGuard(platform, endpoint);
    const live = this.policies.get(listener.metadata);
    return verdictOf(this.flavour, live, listener).state === 'accepted';
  }

  /** What guards an endpoint's listener, rendered once for each platform and each policy of others for the whole Gateway. */
  wantedGuard(platform: Platform, endpoint: Endpoint): WantedGuard {
    const known = this.guards[endpoint];
    const gatewayWide = this.gatewayWidePolicy(platform, endpoint);
    if (known?.platform === platform && known.gatewayWide === gatewayWide) {
      return known.wanted;
    }
    const wanted = {
      listener: this.flavour.renderListenerPolicy(platform, endpoint),
      stripping: this.flavour.renderHeaderStripping(
        platform,
        endpoint,
        gatewayWide,
      ),
    };
    this.guards[endpoint] = { platform, gatewayWide, wanted };
    return wanted;
  }

  /** The operator's own policies about headers. */
  ownHeaderPolicies(): KubeObject[] {
    return this.headerPolicies.list().filter(isOurs);
  }

  /** Somebody else's policy about headers for the whole Gateway of an endpoint: the oldest, which is the one that counts. */
  private gatewayWidePolicy(
    platform: Platform,
    endpoint: Endpoint,
  ): KubeObject | undefined {
    const { namespace, name } = platform[endpoint];
    const age = ({ metadata }: KubeObject) =>
      `${metadata.creationTimestamp} ${metadata.name}`;
    return this.headerPolicies
      .list(namespace)
      .filter(
        policy => !isOurs(policy) && this.flavour.isGatewayWide(policy, name),
      )
      .sort((one, other) => (age(one) < age(other) ? -1 : 1))[0];
  }

  podsOf({ namespace, name }: ObjectKey): KubeObject[] {
    return this.pods.byIndex(BY_MODEL, `${namespace}/${name}`);
  }

  /** Models that want or serve a model id. */
  modelsWithId(modelId: string): KubeObject[] {
    return this.models.byIndex(BY_MODEL_ID, modelId);
  }

  isNamespaceManaged(namespace: string): boolean {
    return (
      this.namespaces.get({ name: namespace })?.metadata.labels?.[
        MANAGED_NAMESPACE_LABEL
      ] === 'true'
    );
  }

  /** Whether the Gateway of an endpoint is there, with its listener. */
  isListenerThere(gateway: {
    name: string;
    namespace: string;
    listener: string;
  }): boolean {
    const found = this.gateways.get({
      namespace: gateway.namespace,
      name: gateway.name,
    });
    return listenersOf(found).includes(gateway.listener);
  }
}

/** Names of a Gateway's listeners. */
export function listenersOf(gateway: KubeObject | undefined): string[] {
  return listAt(gateway, 'spec', 'listeners').flatMap(
    listener => textAt(listener, 'name') ?? [],
  );
}

/** The ids that a model stands for: the one it wants, and the one its servers still answer to. */
export function modelIdsOf(object: KubeObject): string[] {
  const served = textAt(object, 'status', 'servedModelId');
  return [
    ...new Set([parseModel(object).modelId, ...(served ? [served] : [])]),
  ];
}

/** The model that an object generated from a route belongs to, by its name. */
export function modelOfRoute({ metadata }: KubeObject): ObjectKey[] {
  const suffix = ENDPOINTS.map((endpoint: Endpoint) => `-${endpoint}`).find(
    end => metadata.name.endsWith(end),
  );
  return suffix
    ? [
        {
          namespace: metadata.namespace,
          name: metadata.name.slice(0, -suffix.length),
        },
      ]
    : [];
}

/** Under which judge and endpoint a policy is filed; those of listeners under none. */
function judgesOf(policy: KubeObject, flavour: GatewayFlavour): string[] {
  const name = policy.metadata.labels?.[LABELS.model];
  if (name === undefined) {
    return [];
  }
  const judge: Judge = flavour.isJudged(policy) ? 'authorizer' : 'gateway';
  const names = namesOf({ name });
  return ENDPOINTS.filter(
    endpoint =>
      policy.metadata.name ===
      (endpoint === 'external' ? names.externalPolicy : names.internalPolicy),
  ).map(endpoint => `${judge}/${endpoint}`);
}
