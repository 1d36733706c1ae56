import type { ModelServerRegistry } from '../../world/modelServers';
import type { Clock } from '../../world/clock';
import type { ControlPlane } from '../controlPlane';
import type { PodsByLabel } from '../view';
import type { ModelServing } from '../modelServer/serve';
import type { CheckClient } from './extAuthz/CheckClient';
import type { JwksCache } from './jwksCache';
import type { RoutingTable } from './routingTable';

/** What the proxy serves requests from. */
export interface ProxyContext {
  plane: ControlPlane;
  table: RoutingTable;
  pods: PodsByLabel;
  jwks: JwksCache;
  modelServers: ModelServerRegistry;
  serving: ModelServing;
  authorizers: CheckClient;
  /** Ports on loopback that stand for ports of Services: `namespace/name:port`. */
  forwarded: ReadonlyMap<string, number>;
  clock: Clock;
}
