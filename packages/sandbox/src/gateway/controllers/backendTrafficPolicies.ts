import { gatewayKinds } from '../kinds';
import { policyTargets, selectedKinds } from '../security';
import { condition } from '../statusConditions';
import type { ControllerContext } from './context';
import {
  addOutcome,
  gatewayAncestor,
  refuseSelectors,
  writeAncestors,
  type AncestorOutcome,
} from './policyStatus';

/**
 * Refuses a BackendTrafficPolicy at the Gateways that it would take effect through: the sandbox's proxy does nothing of what one can ask
 * for, and answers 501 where it would have to.
 *
 * Source of the ancestors: Envoy Gateway v1.8.1, `internal/gatewayapi/backendtrafficpolicy.go`.
 */
export function reconcileBackendTrafficPolicy(
  context: ControllerContext,
  key: string,
): void {
  const { plane } = context;
  const policy = plane.views.backendTrafficPolicies.get(key);
  if (!policy) return;
  const refused = condition(
    'Accepted',
    false,
    'Invalid',
    "Not evaluated: the sandbox's gateway does not know BackendTrafficPolicies.",
  );
  const outcomes: AncestorOutcome[] = [];
  for (const { kind, name, sectionName } of policyTargets(policy)) {
    const target = `${policy.metadata.namespace}/${name}`;
    if (kind === 'Gateway' && plane.listeners(target))
      addOutcome(outcomes, gatewayAncestor(target, sectionName), refused);
    if (kind !== 'HTTPRoute') continue;
    for (const { gatewayKey, ref } of plane.parents(target))
      addOutcome(
        outcomes,
        gatewayAncestor(gatewayKey, ref.sectionName),
        refused,
      );
  }
  if (selectedKinds(policy).length > 0) refuseSelectors(outcomes, policy);
  writeAncestors(
    context,
    gatewayKinds.backendTrafficPolicies,
    policy,
    outcomes,
  );
}
