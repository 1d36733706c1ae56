import {
  Cache,
  CacheEvent,
  Clock,
  ControllerMetrics,
  createManager,
  EventRecorder,
  KubeClient,
  KubeObject,
  Logger,
  Manager,
  ObjectKey,
  ownersOf,
  silentLogger,
  watch,
  WatchSource,
} from '@slipway/controller';
import { envoyAIGateway } from '../gateway/envoy-ai-gateway';
import { ENDPOINTS } from '../gateway/flavour';
import { listenerGuardsController } from '../gateway/ListenerGuards';
import type { FetchJson } from '../oidc/discovery';
import { IssuerKeys } from './IssuerKeys';
import {
  listenersOf,
  ModelCaches,
  modelIdsOf,
  modelOfRoute,
} from './ModelCaches';
import { ModelReconciler } from './ModelReconciler';
import { LABELS } from './names';
import { Platform } from './platform';
import { SecretWatches } from './SecretWatches';
import { OperatorSettings } from './settings';

/** What the operator runs on. */
export interface StartModelsOptions {
  client: KubeClient;
  settings: OperatorSettings;
  logger?: Logger;
  clock?: Clock;
  random?: () => number;
  /** Give the client's hooks the same object, so that its calls are counted. */
  metrics?: ControllerMetrics;
  /** Competes for a Lease in `settings.namespace`; without it the process must be the only one. */
  leaderElection?: boolean;
  /** Serves `/healthz`, `/readyz` and `/metrics`. */
  statusPort?: number;
  statusHost?: string;
  /** Models in progress at once; 64 if absent. */
  workers?: number;
  /** How discovery documents are fetched; over HTTP if absent. */
  fetchDiscovery?: FetchJson;
}

/** The running operator. */
export interface RunningModels {
  /** Where the status server listens. */
  readonly statusPort: number | undefined;
  /** All caches have seen the cluster's state. */
  readonly hasSynced: boolean;
  /** Ends work in flight, gives the lease back and closes every connection. */
  stop(): Promise<void>;
}

const LEASE = 'slipway-operator';
/** A stop waits this long for Events to be written: they are best effort, and a pod has 30 s to stop. */
const LAST_EVENTS_MS = 2_000;

/** Starts the operator: everything that models need is made, watched and cleared away from now on. */
export async function startModels(
  options: StartModelsOptions,
): Promise<RunningModels> {
  const { settings, logger = silentLogger } = options;
  const flavour = envoyAIGateway;
  const manager = createManager({
    client: options.client,
    logger,
    clock: options.clock,
    random: options.random,
    metrics: options.metrics,
    statusPort: options.statusPort,
    statusHost: options.statusHost,
    ...(options.leaderElection
      ? {
          leaderElection: {
            lease: { namespace: settings.namespace, name: LEASE },
          },
        }
      : {}),
  });
  const caches = ModelCaches.create(manager, flavour);
  const { clock } = manager;
  const keys = new IssuerKeys({
    issuer: settings.platform.oidc.issuer,
    clock,
    logger,
    fetchDiscovery: options.fetchDiscovery,
  });
  const configured = settings.platform.oidc.jwksUri;
  let known = withKeys(settings.platform, configured);
  const platform = () => {
    const jwksUri = configured ?? keys.jwksUri;
    if (known.oidc.jwksUri !== jwksUri) {
      known = withKeys(settings.platform, jwksUri);
    }
    return known;
  };
  const events = new EventRecorder({
    client: manager.client,
    component: 'slipway-operator',
    clock,
    logger,
  });
  const secrets = new SecretWatches({
    client: options.client,
    clock,
    logger,
    models: caches.models,
  });
  const reconciler = new ModelReconciler({
    client: manager.client,
    caches,
    flavour,
    events,
    secrets,
    clock,
    platform,
    issuerProblem: () => keys.problem,
  });
  manager.add({
    name: 'models',
    workers: options.workers ?? 64,
    // While a model comes up, a change of one of its objects is soon followed by others.
    queue: { minIntervalMs: 250 },
    watches: [
      ...watchesOf(caches, keys),
      guardChanges(caches, platform),
      secrets.changes,
    ],
    reconcile: (key, context) => reconciler.reconcile(key, context),
  });
  if (settings.defaultDeny) {
    const { client } = manager;
    manager.add(
      listenerGuardsController({ client, caches, flavour, platform }),
    );
  }
  if (configured === undefined) {
    keys.start();
  }
  await manager.start();
  return running({ manager, keys, events, secrets });
}

function running(parts: {
  manager: Manager;
  keys: IssuerKeys;
  events: EventRecorder;
  secrets: SecretWatches;
}): RunningModels {
  const { manager, keys, events, secrets } = parts;
  return {
    get statusPort() {
      return manager.statusPort;
    },
    get hasSynced() {
      return manager.hasSynced;
    },
    async stop() {
      keys.stop();
      await manager.stop(() => events.close(LAST_EVENTS_MS));
      await secrets.stop();
    },
  };
}

function withKeys(platform: Platform, jwksUri: string | undefined): Platform {
  return { ...platform, oidc: { ...platform.oidc, jwksUri } };
}

/** What makes a model worth a look. */
function watchesOf(caches: ModelCaches, keys: IssuerKeys): WatchSource[] {
  const allModels = (): ObjectKey[] => caches.models.list().map(keyOfObject);
  const ofNamespace = ({ metadata }: KubeObject) =>
    caches.models.list(metadata.name).map(keyOfObject);
  const owners = ownersOf('LLMModel');
  const everyModel = (add: (key: ObjectKey) => void) =>
    allModels().forEach(add);
  return [
    // Rivals for an id hear of each other, also of what we write about them.
    watch(caches.models, (object, event) => [
      ...(caches.isOwnWrite && !bringsNews(event) ? [] : [keyOfObject(object)]),
      ...modelIdsOf(object).flatMap(id =>
        caches
          .modelsWithId(id)
          .filter(other => other.metadata.uid !== object.metadata.uid)
          .map(keyOfObject),
      ),
    ]),
    ...[caches.policies, caches.routes, ...Object.values(caches.generated)].map(
      cache =>
        watch(cache, object => (caches.isOwnWrite ? [] : owners(object))),
    ),
    watch(caches.pods, ({ metadata }) => {
      const name = metadata.labels?.[LABELS.model];
      return name === undefined
        ? []
        : [{ namespace: metadata.namespace, name }];
    }),
    watch(caches.generatedRoutes, modelOfRoute),
    watch(caches.namespaces, ofNamespace),
    // Their status changes with every route; only their listeners matter.
    listenersChange(caches.gateways, everyModel),
    comingAndGoing(caches.storageClasses, everyModel),
    ...caches.optional.map(
      (cache): WatchSource => ({
        subscribe: add => cache.onServed(() => everyModel(add)),
      }),
    ),
    { subscribe: add => keys.onChange(() => everyModel(add)) },
  ];
}

/** The answer to a status write of ours may carry what somebody else wrote a moment before; the event of that, when it comes, is old. */
function bringsNews(event: CacheEvent): boolean {
  if (event.type !== 'updated') {
    return true;
  }
  const { metadata: before } = event.previous;
  const { metadata: now } = event.object;
  return (
    before.generation !== now.generation ||
    before.deletionTimestamp !== now.deletionTimestamp
  );
}

/** Every model, when a listener's guard comes into force or fails; not when its status only counts routes. */
function guardChanges(
  caches: ModelCaches,
  platform: () => Platform,
): WatchSource {
  const state = () =>
    JSON.stringify(
      ENDPOINTS.map(endpoint => {
        const guard = caches.guardOf(platform(), endpoint);
        return [guard?.listener, guard?.stripping];
      }),
    );
  return {
    subscribe: add => {
      let known = state();
      const look = ({ object }: { object: KubeObject }) => {
        if (object.metadata.labels?.[LABELS.model] !== undefined) {
          return;
        }
        const now = state();
        if (now !== known) {
          known = now;
          caches.models.list().map(keyOfObject).forEach(add);
        }
      };
      const ends = [caches.policies, caches.headerPolicies].map(cache =>
        cache.onEvent(look),
      );
      return () => ends.forEach(end => end());
    },
  };
}

function listenersChange(
  gateways: Cache,
  addAll: (add: (key: ObjectKey) => void) => void,
): WatchSource {
  return {
    subscribe: add =>
      gateways.onEvent(event => {
        const isSame =
          event.type === 'updated' &&
          listenersOf(event.previous).join() ===
            listenersOf(event.object).join();
        if (!isSame) {
          addAll(add);
        }
      }),
  };
}

function comingAndGoing(
  cache: Cache,
  addAll: (add: (key: ObjectKey) => void) => void,
): WatchSource {
  return {
    subscribe: add =>
      cache.onEvent(event => event.type !== 'updated' && addAll(add)),
  };
}

function keyOfObject({ metadata }: KubeObject): ObjectKey {
  return { namespace: metadata.namespace, name: metadata.name };
}
