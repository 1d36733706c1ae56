import type { ClusterApi } from '../types';
import { listen } from '../identity/listen';
import { systemClock, type Clock } from '../world/clock';
import { Loop } from '../world/loop';
import type { ModelServerRegistry } from '../world/modelServers';
import { ControlPlane } from './controlPlane';
import { startControllers } from './controllers/startControllers';
import { ModelServing, type ServingOptions } from './modelServer/serve';
import { CheckClient } from './proxy/extAuthz/CheckClient';
import { JwksCache } from './proxy/jwksCache';
import { RoutingTable } from './proxy/routingTable';
import { createProxyServer } from './proxy/server';
import { followAll, openViews, PodsByLabel } from './view';

/** What the gateway side of the sandbox is started with. */
export interface GatewayOptions {
  cluster: ClusterApi;
  /** TCP port on 127.0.0.1 for all HTTPS listeners of all Gateways; 0 (the default) takes a free one. */
  port?: number;
  /** Who answers for the pods. */
  modelServers: ModelServerRegistry;
  /** How long model servers take; without it they answer at once. */
  serving?: ServingOptions;
  clock?: Clock;
  /** Where its controllers take turns with others; a loop of its own if absent. */
  loop?: Loop;
  /** Ports on loopback that stand for ports of Services: `namespace/name:port`. */
  forwardedServices?: Readonly<Record<string, number>>;
  /** Told of errors that nothing here expects; work goes on. */
  onError?: (where: string, error: unknown) => void;
}

/** A running gateway: controllers that write statuses, and the proxy. */
export interface Gateway {
  /** `https://localhost:<port>`. Requests must name a listener's host, in TLS and in HTTP. */
  url: string;
  port: number;
  /** The model servers behind it, for their metrics. */
  serving: ModelServing;
  stop(): Promise<void>;
}

/**
 * Starts what a platform team would have installed: Envoy Gateway and Envoy AI Gateway as far as models need them. Certificates come from
 * the Secrets of the listeners.
 *
 * @throws Error when the port is taken.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const {
    cluster,
    modelServers,
    clock = systemClock,
    onError = () => {},
    loop = new Loop(clock, onError),
  } = options;
  const views = openViews(cluster);
  const plane = new ControlPlane(cluster, views);
  const pods = new PodsByLabel(views.pods);
  const table = new RoutingTable();
  const serving = new ModelServing(clock, options.serving);
  startControllers({ cluster, plane, clock }, loop, routeKey =>
    table.set(
      routeKey,
      views.httpRoutes.get(routeKey),
      plane.parents(routeKey),
    ),
  );
  followAll(views, task => clock.soon(task));

  const authorizers = new CheckClient();
  const server = createProxyServer(
    {
      plane,
      table,
      pods,
      jwks: new JwksCache(clock),
      modelServers,
      serving,
      authorizers,
      forwarded: new Map(Object.entries(options.forwardedServices ?? {})),
      clock,
    },
    error => onError('gateway proxy', error),
  );
  const port = await listen(server, options.port ?? 0);
  return {
    url: `https://localhost:${port}`,
    port,
    serving,
    stop: () =>
      new Promise(resolve => {
        loop.stop();
        authorizers.close();
        for (const view of Object.values(views)) view.stop();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
