import type { ResourceId, StoredObject } from '../../types';
import { envoyGatewayController, groups } from '../kinds';
import {
  condition,
  dated,
  timestamp,
  type NewCondition,
  type StatusCondition,
} from '../statusConditions';
import { envoyGateway, writeStatus, type ControllerContext } from './context';

/** A Gateway, or a listener of it, through which a policy takes effect. */
export interface AncestorRef {
  group: string;
  kind: string;
  namespace?: string;
  name: string;
  sectionName?: string;
}

/** What a policy is at one ancestor. */
export interface AncestorOutcome {
  ref: AncestorRef;
  conditions: NewCondition[];
}

interface AncestorStatus {
  ancestorRef: AncestorRef;
  controllerName: string;
  conditions: StatusCondition[];
}

/** Reference to a Gateway (`getAncestorRefForPolicy`). */
export function gatewayAncestor(
  gatewayKey: string,
  sectionName?: string,
): AncestorRef {
  const [namespace, name] = gatewayKey.split('/');
  return {
    group: groups.gatewayApi,
    kind: 'Gateway',
    namespace,
    name,
    ...(sectionName === undefined ? {} : { sectionName }),
  };
}

const sameRef = (a: AncestorRef, b: AncestorRef) =>
  a.kind === b.kind &&
  a.namespace === b.namespace &&
  a.name === b.name &&
  a.sectionName === b.sectionName;

/** Adds conditions at an ancestor. The first Accepted condition stays (`SetAcceptedForPolicyAncestor`). */
export function addOutcome(
  outcomes: AncestorOutcome[],
  ref: AncestorRef,
  ...conditions: NewCondition[]
): void {
  const known = outcomes.find(outcome => sameRef(outcome.ref, ref));
  if (!known) {
    outcomes.push({ ref, conditions });
    return;
  }
  for (const next of conditions) {
    if (!known.conditions.some(({ type }) => type === next.type))
      known.conditions.push(next);
  }
}

/** Refuses a policy that picks its targets by labels. What it may be about is answered 501 (`ControlPlane`, `selecting`). */
export function refuseSelectors(
  outcomes: AncestorOutcome[],
  { kind, metadata: { namespace, name } }: StoredObject,
): void {
  addOutcome(
    outcomes,
    { group: groups.envoyGateway, kind, namespace, name },
    condition(
      'Accepted',
      false,
      'Invalid',
      "Not evaluated: the sandbox's gateway does not know spec.targetSelectors; use spec.targetRefs.",
    ),
  );
}

/**
 * Writes `status.ancestors`. A policy without any is left as it is: Envoy Gateway gives it no status, and takes none away
 * (`internal/provider/kubernetes/status.go`, v1.8.1: deletions are skipped). More than 16 are cut off.
 */
export function writeAncestors(
  context: ControllerContext,
  resource: ResourceId,
  policy: StoredObject,
  outcomes: readonly AncestorOutcome[],
): void {
  if (outcomes.length === 0) return;
  const now = timestamp(context.clock.now());
  writeStatus(context, resource, policy, envoyGateway, old => {
    const before: AncestorStatus[] = old?.ancestors ?? [];
    const mine = before.filter(
      ({ controllerName }) => controllerName === envoyGatewayController,
    );
    const others = before.filter(
      ({ controllerName }) => controllerName !== envoyGatewayController,
    );
    return {
      ...old,
      ancestors: [
        ...others,
        ...outcomes.slice(0, 16).map(({ ref, conditions }) => ({
          ancestorRef: ref,
          controllerName: envoyGatewayController,
          conditions: dated(
            conditions,
            mine.find(({ ancestorRef }) => sameRef(ancestorRef, ref))
              ?.conditions,
            policy.metadata.generation,
            now,
          ),
        })),
      ],
    };
  });
}
