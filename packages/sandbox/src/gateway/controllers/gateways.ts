import { envoyGatewayController, gatewayKinds } from '../kinds';
import { supportedKinds } from '../listeners';
import {
  condition,
  dated,
  timestamp,
  type StatusCondition,
} from '../statusConditions';
import { envoyGateway, writeStatus, type ControllerContext } from './context';

/**
 * Accepts the class that Envoy Gateway runs, and no second one.
 *
 * Source: Envoy Gateway v1.8.1, `internal/gatewayapi/status/gatewayclass.go`.
 */
export function reconcileGatewayClass(
  context: ControllerContext,
  key: string,
): void {
  const gatewayClass = context.plane.views.gatewayClasses.get(key);
  if (
    !gatewayClass ||
    gatewayClass.spec.controllerName !== envoyGatewayController
  )
    return;
  const { parametersRef } = gatewayClass.spec;
  const oldest = context.plane.oldestClass() === gatewayClass;
  const accepted = (() => {
    if (parametersRef) {
      return condition(
        'Accepted',
        false,
        'InvalidParameters',
        "Not evaluated: the sandbox's gateway has no EnvoyProxy settings; remove spec.parametersRef.",
      );
    }
    return oldest
      ? condition('Accepted', true, 'Accepted', 'Valid GatewayClass')
      : condition(
          'Accepted',
          false,
          'OlderGatewayClassExists',
          'Invalid GatewayClass: another older GatewayClass with the same Spec.Controller exists',
        );
  })();
  writeStatus(
    context,
    gatewayKinds.gatewayClasses,
    gatewayClass,
    envoyGateway,
    old => ({
      ...old,
      conditions: dated(
        [accepted],
        old?.conditions,
        gatewayClass.metadata.generation,
        timestamp(context.clock.now()),
      ),
    }),
  );
}

/** Routes that each listener of a Gateway has, by listener name. */
function attachedRoutes(
  { plane }: ControllerContext,
  gatewayKey: string,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const routeKey of plane.routes.owners(`gateway:${gatewayKey}`)) {
    for (const parent of plane.parents(routeKey)) {
      if (parent.gatewayKey !== gatewayKey) continue;
      for (const { spec } of parent.attached)
        counts.set(spec.name, (counts.get(spec.name) ?? 0) + 1);
    }
  }
  return counts;
}

/**
 * Writes a Gateway's status: the listeners as the proxy serves them and how many routes they have.
 *
 * Source: Envoy Gateway v1.8.1, `internal/gatewayapi/status/gateway.go`. The proxy of the sandbox stands for a deployment of one replica.
 */
export function reconcileGateway(
  context: ControllerContext,
  key: string,
): void {
  const gateway = context.plane.views.gateways.get(key);
  const listeners = gateway && context.plane.listeners(key);
  if (!gateway || !listeners) return;
  const { generation } = gateway.metadata;
  const counts = attachedRoutes(context, key);
  const now = timestamp(context.clock.now());
  writeStatus(context, gatewayKinds.gateways, gateway, envoyGateway, old => {
    const oldListeners: { name: string; conditions: StatusCondition[] }[] =
      old?.listeners ?? [];
    return {
      ...old,
      addresses: [{ type: 'IPAddress', value: '127.0.0.1' }],
      conditions: dated(
        [
          condition(
            'Accepted',
            true,
            'Accepted',
            'The Gateway has been scheduled by Envoy Gateway',
          ),
          condition(
            'Programmed',
            true,
            'Programmed',
            'Address assigned to the Gateway, 1/1 envoy replicas available',
          ),
        ],
        old?.conditions,
        generation,
        now,
      ),
      listeners: listeners.map(({ spec, conditions }) => ({
        name: spec.name,
        attachedRoutes: counts.get(spec.name) ?? 0,
        supportedKinds,
        conditions: dated(
          conditions,
          oldListeners.find(({ name }) => name === spec.name)?.conditions,
          generation,
          now,
        ),
      })),
    };
  });
}
