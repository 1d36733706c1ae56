import type { ModelServerRegistry } from '../../world/modelServers';
import type { Clock } from '../../world/clock';
import type { ControlPlane } from '../controlPlane';
import type { PodsByLabel } from '../view';
import type { ModelServing } from '../modelServer/serve';
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
  clock: Clock;
}
