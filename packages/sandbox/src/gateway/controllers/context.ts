import {
  ApiFailure,
  type ClusterApi,
  type ResourceId,
  type StoredObject,
} from '../../types';
import type { Clock } from '../../world/clock';
import { same } from '../compare';
import type { ControlPlane } from '../controlPlane';

/** Field manager of what Envoy Gateway writes. */
export const envoyGateway = 'envoy-gateway';

/** Field manager of what Envoy AI Gateway writes. */
export const aiGateway = 'ai-gateway-controller';

/** What every controller of the gateway works with. */
export interface ControllerContext {
  cluster: ClusterApi;
  plane: ControlPlane;
  clock: Clock;
}

/**
 * Writes a status: `change` gets the old one and answers the new one. An object that has gone meanwhile is left alone; nothing is asked of
 * the server when nothing changed.
 */
export function writeStatus(
  { cluster }: ControllerContext,
  resource: ResourceId,
  object: StoredObject,
  manager: string,
  change: (old: StoredObject['status']) => unknown,
): void {
  const { namespace, name } = object.metadata;
  const status = change(object.status);
  if (same(status, object.status)) return;
  try {
    cluster.update(
      resource,
      namespace,
      name,
      manager,
      draft => {
        draft.status = status;
      },
      { subresource: 'status' },
    );
  } catch (error) {
    if (!(error instanceof ApiFailure && error.code === 404)) throw error;
  }
}
