import { envoyGatewayController, gatewayKinds, type ParentRef } from '../kinds';
import { dated, timestamp, type StatusCondition } from '../statusConditions';
import { envoyGateway, writeStatus, type ControllerContext } from './context';

/** One entry of `status.parents`. */
interface ParentStatus {
  controllerName: string;
  parentRef: ParentRef;
  conditions: StatusCondition[];
}

const sameParent = (a: ParentRef, b: ParentRef) =>
  a.name === b.name &&
  a.namespace === b.namespace &&
  a.sectionName === b.sectionName &&
  a.port === b.port;

/** Writes what became of a route at each of its Gateways; entries of other controllers stay. */
export function reconcileHttpRoute(
  context: ControllerContext,
  key: string,
): void {
  const parents = context.plane.refreshParents(key);
  const route = context.plane.views.httpRoutes.get(key);
  if (!route || (parents.length === 0 && !route.status?.parents?.length))
    return;
  const now = timestamp(context.clock.now());
  writeStatus(context, gatewayKinds.httpRoutes, route, envoyGateway, old => {
    const before: ParentStatus[] = old?.parents ?? [];
    const mine = before.filter(
      ({ controllerName }) => controllerName === envoyGatewayController,
    );
    const others = before.filter(
      ({ controllerName }) => controllerName !== envoyGatewayController,
    );
    return {
      ...old,
      parents: [
        ...others,
        ...parents.map(({ ref, conditions }) => ({
          parentRef: ref,
          controllerName: envoyGatewayController,
          conditions: dated(
            conditions,
            mine.find(({ parentRef }) => sameParent(parentRef, ref))
              ?.conditions,
            route.metadata.generation,
            now,
          ),
        })),
      ],
    };
  });
}
