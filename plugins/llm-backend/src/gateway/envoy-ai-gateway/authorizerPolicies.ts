import { KubeObject } from '@slipway/controller';
import { HEADERS_TO_AUTHORIZER } from '../../authorizer/request/headers';
import { covers } from '../../models/covers';
import { at, listAt, recordAt } from '../../models/json';
import { Model } from '../../models/model';
import {
  LABELS,
  MANAGED_BY,
  MANAGED_SELECTOR,
  metadataOf,
  namesOf,
} from '../../models/names';
import { AuthorizerService, Platform } from '../../models/platform';
import { Endpoint, ENDPOINTS } from '../flavour';
import { JUDGED_MODEL_HEADER, modelDigest } from '../modelDigest';

const ENVOY_GATEWAY = 'gateway.envoyproxy.io/v1alpha1';

/** The largest body that the authorizer reads, in bytes; above it Envoy answers 413. */
export const MAX_BODY_BYTES = 33_554_432;

/** Prefixes of the headers that only the authorizer and the AI gateway may set. */
const RESERVED_PREFIXES = ['x-slipway-', 'x-ai-eg-'];

/** Value of the label `app.kubernetes.io/name` of the listeners' policies. */
const LISTENER_POLICY = 'default-deny';

/** Selects the policies of {@link renderListenerPolicy}. */
export const LISTENER_POLICY_SELECTOR = `${MANAGED_SELECTOR},${LABELS.name}=${LISTENER_POLICY}`;

function sharedMetadata(name: string, namespace: string, component: string) {
  return {
    name,
    namespace,
    // No owner: it must outlive every model, and the operator too.
    labels: { [LABELS.managedBy]: MANAGED_BY, [LABELS.name]: component },
  };
}

function listenerRef(platform: Platform, endpoint: Endpoint) {
  const { name, listener } = platform[endpoint];
  return {
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    name,
    sectionName: listener,
  };
}

/**
 * What every route of a listener falls back to, and what the models' policies are merged into: nobody gets through; with an authorizer,
 * after it has been asked. An authorizer that fails is answered with 503, so that an outage does not look like a missing right.
 */
export function renderListenerPolicy(
  platform: Platform,
  endpoint: Endpoint,
): KubeObject {
  const { name, namespace, listener } = platform[endpoint];
  const { authorizer } = platform;
  return {
    apiVersion: ENVOY_GATEWAY,
    kind: 'SecurityPolicy',
    metadata: sharedMetadata(
      `slipway-default-deny-${name}-${listener}`,
      namespace,
      LISTENER_POLICY,
    ),
    spec: {
      targetRefs: [listenerRef(platform, endpoint)],
      ...(authorizer ? { extAuth: extAuth(authorizer) } : {}),
      // Without rules, and nobody else's either.
      authorization: { defaultAction: 'Deny', rules: [] },
    },
  };
}

function extAuth({ namespace, name, port }: AuthorizerService) {
  return {
    failOpen: false,
    statusOnError: 503,
    timeout: '2s',
    headersToExtAuth: [...HEADERS_TO_AUTHORIZER],
    bodyToExtAuth: { maxRequestBytes: MAX_BODY_BYTES },
    // With the API server's defaults written out: references are compared as a whole.
    grpc: {
      backendRefs: [
        { group: '', kind: 'Service', name, namespace, port, weight: 1 },
      ],
    },
  };
}

/**
 * Takes away what a client must not send, before anything else sees it. Envoy Gateway 1.8 does not merge policies of this kind: on the
 * listener it takes the place of one for the whole Gateway, so it says everything that `gatewayWide` says too. Without a buffer of
 * its own, one that prompts need.
 */
export function renderHeaderStripping(
  platform: Platform,
  endpoint: Endpoint,
  gatewayWide?: KubeObject,
): KubeObject {
  const { name, namespace, listener } = platform[endpoint];
  const { targetRef, targetRefs, targetSelectors, ...inherited } = recordAt(
    gatewayWide,
    'spec',
  );
  const early = recordAt(inherited, 'headers', 'earlyRequestHeaders');
  return {
    apiVersion: ENVOY_GATEWAY,
    kind: 'ClientTrafficPolicy',
    metadata: sharedMetadata(
      `slipway-strip-headers-${name}-${listener}`,
      namespace,
      'strip-headers',
    ),
    spec: {
      ...inherited,
      targetRefs: [listenerRef(platform, endpoint)],
      connection: {
        bufferLimit: '32Mi',
        ...recordAt(inherited, 'connection'),
      },
      headers: {
        ...recordAt(inherited, 'headers'),
        earlyRequestHeaders: {
          ...early,
          removeOnMatch: [
            ...RESERVED_PREFIXES.map(value => ({ type: 'Prefix', value })),
            ...listAt(early, 'removeOnMatch'),
          ],
        },
      },
    },
  };
}

/**
 * Whether a live policy of {@link renderListenerPolicy} or {@link renderHeaderStripping} is about the same listener and does what security
 * needs: asks the same authorizer with the whole body, lets nobody through when it fails or without its word; takes the same headers away. What
 * else the authorizer is shown, how long it may take and how its failure is told may differ, and what connections are like.
 */
export function closesLike(live: KubeObject, wanted: KubeObject): boolean {
  const targets = (policy: KubeObject) => at(policy, 'spec', 'targetRefs');
  if (
    live.kind !== wanted.kind ||
    !covers(targets(live), targets(wanted)) ||
    at(wanted, 'spec', 'targetRefs') === undefined
  ) {
    return false;
  }
  if (wanted.kind === 'ClientTrafficPolicy') {
    const removed = removedEarly(live);
    return removedEarly(wanted).every(match =>
      removed.some(other => covers(other, match)),
    );
  }
  const { headersToExtAuth, timeout, statusOnError, ...asked } = recordAt(
    wanted,
    'spec',
    'extAuth',
  );
  return (
    asked.grpc !== undefined &&
    covers(at(live, 'spec', 'extAuth'), asked) &&
    covers(
      at(live, 'spec', 'authorization'),
      at(wanted, 'spec', 'authorization'),
    )
  );
}

function removedEarly(policy: KubeObject): unknown[] {
  return listAt(
    policy,
    'spec',
    'headers',
    'earlyRequestHeaders',
    'removeOnMatch',
  );
}

/** Lets the listeners' policies name the authorizer's Service; nothing where it lives in their namespace. */
export function renderAuthorizerGrant(
  platform: Platform,
): KubeObject | undefined {
  const { authorizer } = platform;
  const namespaces = [
    ...new Set(ENDPOINTS.map(endpoint => platform[endpoint].namespace)),
  ].filter(namespace => namespace !== authorizer?.namespace);
  if (!authorizer || namespaces.length === 0) {
    return undefined;
  }
  return {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: sharedMetadata(
      'slipway-authorizer-from-gateways',
      authorizer.namespace,
      'authorizer-grant',
    ),
    spec: {
      from: namespaces.map(namespace => ({
        group: 'gateway.envoyproxy.io',
        kind: 'SecurityPolicy',
        namespace,
      })),
      to: [{ group: '', kind: 'Service', name: authorizer.name }],
    },
  };
}

/**
 * Lets those requests through to a model's route that the authorizer judged for its model id, and nobody else. Merged into the listener's
 * policy, so that Envoy has one filter that asks and not one for each model; it does not change when keys do.
 */
export function renderJudgedPolicy(
  model: Model,
  endpoint: Endpoint,
  modelId: string,
): KubeObject {
  const names = namesOf(model);
  const isExternal = endpoint === 'external';
  return {
    apiVersion: ENVOY_GATEWAY,
    kind: 'SecurityPolicy',
    metadata: metadataOf(
      model,
      isExternal ? names.externalPolicy : names.internalPolicy,
    ),
    spec: {
      targetRefs: [
        {
          group: 'gateway.networking.k8s.io',
          kind: 'HTTPRoute',
          name: isExternal ? names.externalRoute : names.internalRoute,
        },
      ],
      mergeType: 'StrategicMerge',
      authorization: {
        defaultAction: 'Deny',
        rules: [
          {
            name: 'judged-for-this-model',
            action: 'Allow',
            principal: {
              headers: [
                { name: JUDGED_MODEL_HEADER, values: [modelDigest(modelId)] },
              ],
            },
          },
        ],
      },
    },
  };
}
