import {
  isForbidden,
  isNotFound,
  KubeClient,
  KubeObject,
  Resource,
} from '@slipway/controller';
import { envoyAIGateway } from '../gateway/envoy-ai-gateway';
import { Endpoint, ENDPOINTS } from '../gateway/flavour';
import { listAt, textAt } from '../models/json';
import { namesOf, selectorOf, SERVER_PORT } from '../models/names';
import type { EntryFacts, Looked, ServerFacts, WhyFacts } from './facts';
import { judgeNetwork, Traffic } from './network';

const pods: Resource = {
  apiVersion: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
};
const networkPolicies: Resource = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  namespaced: true,
};
const namespaces: Resource = {
  apiVersion: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};

/** Where Envoy Gateway runs its proxies unless told otherwise. */
const PROXY_NAMESPACE = 'envoy-gateway-system';

/** The model whose way is looked at. */
export interface WayQuery {
  namespace: string;
  name: string;
  /** The endpoints that its spec switches on. */
  endpoints: readonly Endpoint[];
}

/**
 * Looks at the way from the gateway to a model's pods, live and with the portal's own rights. What can't be read is told as such, with
 * the reason; it never counts as broken.
 */
export async function readWay(
  client: KubeClient,
  query: WayQuery,
): Promise<Pick<WhyFacts, 'entries' | 'servers' | 'network'>> {
  const gatewayNamespaces = new Set([PROXY_NAMESPACE]);
  const entries = await looked('the policies and routes', () =>
    readEntries(client, query, gatewayNamespaces),
  );
  const [servers, network] = await Promise.all([
    looked('the pods', () => readServers(client, query)),
    lookedThrough('the network policies', () =>
      readNetwork(client, query, gatewayNamespaces),
    ),
  ]);
  return { entries, servers, network };
}

async function readEntries(
  client: KubeClient,
  { namespace, name, endpoints }: WayQuery,
  gatewayNamespaces: Set<string>,
): Promise<EntryFacts[]> {
  const { policyKind, routeKind, generatedRouteKind } = envoyAIGateway;
  const names = namesOf({ name });
  return Promise.all(
    ENDPOINTS.filter(endpoint => endpoints.includes(endpoint)).map(
      async endpoint => {
        const external = endpoint === 'external';
        const routeName = external ? names.externalRoute : names.internalRoute;
        const policyName = external
          ? names.externalPolicy
          : names.internalPolicy;
        const [policy, route, generated] = await Promise.all([
          find(client, policyKind, { namespace, name: policyName }),
          find(client, routeKind, { namespace, name: routeName }),
          find(client, generatedRouteKind, { namespace, name: routeName }),
        ]);
        for (const parent of listAt(route, 'spec', 'parentRefs')) {
          gatewayNamespaces.add(textAt(parent, 'namespace') ?? namespace);
        }
        const missing = { state: 'missing' } as const;
        return {
          endpoint,
          ...(policy ? readPolicy(policy) : { policy: missing }),
          route: route
            ? envoyAIGateway.routeVerdict(route, generated)
            : missing,
        };
      },
    ),
  );
}

function readPolicy(policy: KubeObject): Pick<EntryFacts, 'policy' | 'judge'> {
  const verdict = envoyAIGateway.policyVerdict(policy);
  if (!envoyAIGateway.isJudged(policy)) {
    return { policy: verdict, judge: 'gateway' };
  }
  const unmerged =
    verdict.state === 'accepted' &&
    envoyAIGateway.mergedInto(policy) === undefined;
  return {
    policy: unmerged ? { state: 'unmerged' } : verdict,
    judge: 'authorizer',
  };
}

async function readServers(
  client: KubeClient,
  { namespace, name }: WayQuery,
): Promise<ServerFacts> {
  const [servers, pickers] = await Promise.all(
    (['llmmodel', 'epp'] as const).map(component =>
      client.list(pods, {
        namespace,
        labelSelector: Object.entries(selectorOf({ name }, component))
          .map(([label, value]) => `${label}=${value}`)
          .join(','),
      }),
    ),
  );
  const count = ({ items }: { items: KubeObject[] }) => ({
    ready: items.filter(isReady).length,
    total: items.length,
  });
  return { servers: count(servers), pickers: count(pickers) };
}

function isReady(pod: KubeObject): boolean {
  return (
    pod.metadata.deletionTimestamp === undefined &&
    listAt(pod, 'status', 'conditions').some(
      condition =>
        textAt(condition, 'type') === 'Ready' &&
        textAt(condition, 'status') === 'True',
    )
  );
}

async function readNetwork(
  client: KubeClient,
  { namespace, name }: WayQuery,
  gatewayNamespaces: ReadonlySet<string>,
): Promise<WhyFacts['network']> {
  const [policies, from] = await Promise.all([
    client.list(networkPolicies, { namespace }),
    Promise.all(
      [...gatewayNamespaces].map(async gateway => {
        const found = await find(client, namespaces, { name: gateway });
        return {
          name: gateway,
          labels: {
            'kubernetes.io/metadata.name': gateway,
            ...found?.metadata.labels,
          },
        };
      }),
    ),
  ]);
  const traffic: Traffic = {
    from,
    to: {
      namespace,
      labels: { ...selectorOf({ name }), 'llm.nebari.dev/model': name },
    },
    port: { number: SERVER_PORT, name: 'http' },
  };
  return judgeNetwork(policies.items, traffic);
}

/** The object, or nothing when it, or its kind, is not there. */
async function find(
  client: KubeClient,
  resource: Resource,
  key: { namespace?: string; name: string },
): Promise<KubeObject | undefined> {
  try {
    return await client.get(resource, key);
  } catch (error) {
    if (isNotFound(error)) {
      return undefined;
    }
    throw error;
  }
}

async function looked<T>(
  what: string,
  read: () => Promise<T>,
): Promise<Looked<T>> {
  return lookedThrough(what, async () => ({
    known: true,
    value: await read(),
  }));
}

async function lookedThrough<T>(
  what: string,
  read: () => Promise<Looked<T>>,
): Promise<Looked<T>> {
  try {
    return await read();
  } catch (error) {
    const because = isForbidden(error)
      ? `The portal may not read ${what}.`
      : `The cluster did not answer about ${what}: ${
          error instanceof Error ? error.message : String(error)
        }`;
    return { known: false, because };
  }
}
