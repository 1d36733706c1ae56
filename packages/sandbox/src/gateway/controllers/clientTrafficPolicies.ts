import { unknownClientTraffic } from '../clientTraffic';
import { gatewayKinds, keyOf } from '../kinds';
import { policyTargets, selectedKinds } from '../security';
import { condition } from '../statusConditions';
import { targetTerm } from '../terms';
import type { ControllerContext } from './context';
import {
  addOutcome,
  gatewayAncestor,
  refuseSelectors,
  writeAncestors,
  type AncestorOutcome,
} from './policyStatus';

/**
 * Writes what became of a ClientTrafficPolicy at the Gateways that it names.
 *
 * Source: Envoy Gateway v1.8.1, `internal/gatewayapi/clienttrafficpolicy.go`. Fields that the sandbox's proxy doesn't know are refused.
 */
export function reconcileClientTrafficPolicy(
  context: ControllerContext,
  key: string,
): void {
  const { plane } = context;
  const policy = plane.views.clientTrafficPolicies.get(key);
  if (!policy) return;
  const unknown = unknownClientTraffic(policy);
  const outcomes: AncestorOutcome[] = [];
  for (const { kind, name, sectionName } of policyTargets(policy)) {
    const gatewayKey = `${policy.metadata.namespace}/${name}`;
    const listeners = plane.listeners(gatewayKey);
    if (kind !== 'Gateway' || !listeners) continue;
    const refuse = (reason: string, message: string) =>
      addOutcome(
        outcomes,
        gatewayAncestor(gatewayKey, sectionName),
        condition('Accepted', false, reason, message),
      );
    const owners = [
      ...plane.clientPolicies.owners(
        targetTerm('Gateway', gatewayKey, sectionName),
      ),
    ];
    const first = plane.clientPolicyOf(gatewayKey, sectionName ?? '');
    if (
      sectionName &&
      !listeners.some(({ spec }) => spec.name === sectionName)
    ) {
      refuse(
        'TargetNotFound',
        `No section name ${sectionName} found for Gateway ${gatewayKey}`,
      );
    } else if (owners.length > 1 && first && keyOf(first) !== key) {
      refuse(
        'Conflicted',
        sectionName
          ? `Unable to target section of ${name}, another ClientTrafficPolicy has already attached to it`
          : `Unable to target Gateway ${name}, another ClientTrafficPolicy has already attached to it`,
      );
    } else if (unknown.length > 0) {
      const fields = unknown.map(field => `spec.${field}`).join(', ');
      refuse(
        'Invalid',
        `Not evaluated: the sandbox's gateway does not know ${fields}.`,
      );
    } else {
      addOutcome(
        outcomes,
        gatewayAncestor(gatewayKey, sectionName),
        condition('Accepted', true, 'Accepted', 'Policy has been accepted.'),
      );
    }
  }
  if (selectedKinds(policy).length > 0) refuseSelectors(outcomes, policy);
  writeAncestors(context, gatewayKinds.clientTrafficPolicies, policy, outcomes);
}
