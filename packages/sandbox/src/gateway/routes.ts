import type { StoredObject } from '../types';
import {
  groups,
  httpRouteSpec,
  type BackendRef,
  type HttpRouteRule,
  type ParentRef,
} from './kinds';
import {
  allowsRoutesFrom,
  commonHostnames,
  type ListenerState,
} from './listeners';
import { referencePermitted } from './references';
import { condition, sentence, type NewCondition } from './statusConditions';

/** What HTTPRoutes refer to. */
export interface RouteSurroundings {
  /** Listeners of a Gateway of ours, or nothing if there is none of that name. */
  listeners(gatewayKey: string): readonly ListenerState[] | undefined;
  namespace(name: string): StoredObject | undefined;
  grants(): Iterable<StoredObject>;
  inferencePool(key: string): StoredObject | undefined;
  service(key: string): StoredObject | undefined;
  httpRouteFilter(key: string): StoredObject | undefined;
}

/** A route at one of its parents. */
export interface RouteParent {
  ref: ParentRef;
  gatewayKey: string;
  conditions: NewCondition[];
  /** Where it is served: not when it isn't accepted. */
  served: { listener: ListenerState; hosts: string[] }[];
  /** Listeners that count it as attached (`IncrementAttachedRoutes`: ready or not, accepted by them and with a hostname in common). */
  attached: ListenerState[];
}

/** Something wrong with a rule, with the condition that tells. */
interface RuleProblem {
  type: 'ResolvedRefs' | 'Accepted';
  reason: string;
  message: string;
}

/** Key of the Gateway that a parentRef names. */
export function gatewayKeyOf(ref: ParentRef, routeNamespace: string): string {
  return `${ref.namespace ?? routeNamespace}/${ref.name}`;
}

/** `group/Kind/namespace/name` of a backend. */
export function backendTerm(ref: BackendRef, routeNamespace: string): string {
  return `${ref.group ?? ''}/${ref.kind ?? 'Service'}/${
    ref.namespace ?? routeNamespace
  }/${ref.name}`;
}

/** First problem of a backendRef. Source: `processDestination`, `validateBackendRef` (Envoy Gateway v1.8.1). */
export function backendProblem(
  ref: BackendRef,
  routeNamespace: string,
  around: RouteSurroundings,
): { reason: string; message: string } | undefined {
  const kind = ref.kind ?? 'Service';
  const group = ref.group ?? '';
  const namespace = ref.namespace ?? routeNamespace;
  const isPool = group === groups.inference && kind === 'InferencePool';
  if (!isPool && group !== '') {
    return {
      reason: 'UnsupportedValue',
      message: `Not evaluated: the sandbox serves InferencePools and Services, not ${kind} of ${group}`,
    };
  }
  if (!isPool && kind !== 'Service') {
    return {
      reason: 'InvalidKind',
      message:
        'Kind is invalid, only Service, MCS ServiceImport and Envoy Gateway Backend are supported',
    };
  }
  const permitted = referencePermitted(
    { group: groups.gatewayApi, kind: 'HTTPRoute', namespace: routeNamespace },
    { group, kind, namespace, name: ref.name },
    around.grants(),
  );
  if (!permitted) {
    return {
      reason: 'RefNotPermitted',
      message: `Backend ref to ${kind} ${namespace}/${ref.name} not permitted by any ReferenceGrant.`,
    };
  }
  if (isPool) {
    if (around.inferencePool(`${namespace}/${ref.name}`)) return undefined;
    return {
      reason: 'BackendNotFound',
      message: `custom backend ${kind} ${namespace}/${ref.name} not found`,
    };
  }
  if (ref.port === undefined) {
    return {
      reason: 'PortNotSpecified',
      message:
        'A valid port number corresponding to a port on the Service must be specified',
    };
  }
  const service = around.service(`${namespace}/${ref.name}`);
  if (!service)
    return {
      reason: 'BackendNotFound',
      message: `service ${namespace}/${ref.name} not found`,
    };
  const ports: { port: number; protocol?: string }[] = service.spec.ports ?? [];
  if (
    !ports.some(
      ({ port, protocol = 'TCP' }) => port === ref.port && protocol === 'TCP',
    )
  ) {
    return {
      reason: 'PortNotFound',
      message: `TCP Port ${ref.port} not found on Service ${namespace}/${ref.name}`,
    };
  }
  return undefined;
}

/** Problems with the filters of a rule; a rule with one answers 500 (`processHTTPRouteRules`). */
function filterProblems(
  rule: HttpRouteRule,
  namespace: string,
  around: RouteSurroundings,
): RuleProblem[] {
  return (rule.filters ?? []).flatMap((filter): RuleProblem[] => {
    const ref = filter.extensionRef;
    if (filter.type !== 'ExtensionRef' || ref?.kind !== 'HTTPRouteFilter') {
      return [
        {
          type: 'Accepted',
          reason: 'UnsupportedValue',
          message: `Not evaluated: the sandbox knows filters of kind HTTPRouteFilter, not ${filter.type}`,
        },
      ];
    }
    if (around.httpRouteFilter(`${namespace}/${ref.name}`)) return [];
    // filters.go, v1.8.1: a filter that isn't there.
    return [
      {
        type: 'ResolvedRefs',
        reason: 'BackendNotFound',
        message: `Reference ${namespace}/${ref.name} not found for filter type: ${filter.type}`,
      },
    ];
  });
}

/** Whether the rule's filters are in order; otherwise it answers 500. */
export function ruleIsBroken(
  rule: HttpRouteRule,
  namespace: string,
  around: RouteSurroundings,
): boolean {
  return filterProblems(rule, namespace, around).length > 0;
}

function ruleProblems(
  route: StoredObject,
  around: RouteSurroundings,
): { problems: RuleProblem[]; unaccepted: number[] } {
  const namespace = route.metadata.namespace ?? '';
  const problems: RuleProblem[] = [];
  const unaccepted: number[] = [];
  for (const [index, rule] of (httpRouteSpec(route).rules ?? []).entries()) {
    const filters = filterProblems(rule, namespace, around);
    problems.push(...filters);
    if (filters.some(({ type }) => type === 'Accepted')) unaccepted.push(index);
    for (const [position, ref] of (rule.backendRefs ?? []).entries()) {
      const problem = backendProblem(ref, namespace, around);
      if (problem) {
        problems.push({
          type: 'ResolvedRefs',
          reason: problem.reason,
          message: `Failed to process route rule ${index} backendRef ${position}: ${problem.message}`,
        });
      }
    }
  }
  return { problems, unaccepted };
}

/** Several problems in one condition: reasons sorted and joined, messages one per line (`MultiStatusError`). */
function joined(problems: readonly RuleProblem[]): {
  reason: string;
  message: string;
} {
  return {
    reason: [...new Set(problems.map(({ reason }) => reason))].sort().join(','),
    message: problems.map(({ message }) => sentence(message)).join('\n'),
  };
}

function ruleConditions(
  route: StoredObject,
  around: RouteSurroundings,
): NewCondition[] {
  const { problems, unaccepted } = ruleProblems(route, around);
  const conditions: NewCondition[] = [];
  const acceptance = problems.filter(({ type }) => type === 'Accepted');
  const references = problems.filter(({ type }) => type === 'ResolvedRefs');
  if (acceptance.length > 0) {
    const { reason, message } = joined(acceptance);
    if (unaccepted.length === httpRouteSpec(route).rules?.length) {
      conditions.push(condition('Accepted', false, reason, message));
    } else {
      conditions.push(
        condition(
          'PartiallyInvalid',
          true,
          reason,
          `Dropped Rule(s) [${unaccepted.join(' ')}]: ${message}`,
        ),
      );
    }
  }
  if (references.length > 0) {
    const { reason, message } = joined(references);
    conditions.push(condition('ResolvedRefs', false, reason, message));
  } else {
    conditions.push(
      condition(
        'ResolvedRefs',
        true,
        'ResolvedRefs',
        'Resolved all the Object references for the Route',
      ),
    );
  }
  return conditions;
}

const notAccepted = (reason: string, message: string) =>
  condition('Accepted', false, reason, message);

/** Acceptance by the listeners that a parentRef selects (`processAllowedListenersForParentRefs`, `processHTTPRouteParentRefListener`). */
function attach(
  route: StoredObject,
  ref: ParentRef,
  listeners: readonly ListenerState[],
  around: RouteSurroundings,
): {
  acceptance: NewCondition;
  attached: ListenerState[];
  served: RouteParent['served'];
} {
  const selected = listeners.filter(
    ({ spec }) =>
      (ref.sectionName === undefined || ref.sectionName === spec.name) &&
      (ref.port === undefined || ref.port === spec.port),
  );
  const namespace = around.namespace(route.metadata.namespace ?? '');
  const allowed = selected.filter(listener =>
    allowsRoutesFrom(listener, namespace),
  );
  const withHosts = allowed
    .map(listener => ({
      listener,
      hosts: commonHostnames(
        listener.spec.hostname,
        httpRouteSpec(route).hostnames,
      ),
    }))
    .filter(({ hosts }) => hosts.length > 0);
  const attached = withHosts.map(({ listener }) => listener);
  const refused = (reason: string, message: string) => ({
    acceptance: notAccepted(reason, message),
    attached,
    served: [],
  });
  if (selected.length === 0)
    return refused('NoMatchingParent', 'No listeners match this parent ref');
  if (allowed.length === 0) {
    return refused(
      'NotAllowedByListeners',
      'No listeners included by this parent ref allowed this attachment.',
    );
  }
  if (withHosts.length === 0) {
    return refused(
      'NoMatchingListenerHostname',
      "There were no hostname intersections between the HTTPRoute and this parent ref's Listener(s).",
    );
  }
  if (!allowed.some(({ ready }) => ready)) {
    return refused(
      'NoReadyListeners',
      'There are no ready listeners for this parent ref',
    );
  }
  return {
    acceptance: condition('Accepted', true, 'Accepted', 'Route is accepted'),
    attached,
    served: withHosts.filter(({ listener }) => listener.ready),
  };
}

/**
 * An HTTPRoute at each Gateway of ours that it names; Gateways that don't exist or aren't ours leave no trace in its status.
 *
 * Source: Envoy Gateway v1.8.1, `internal/gatewayapi/route.go`.
 */
export function routeParents(
  route: StoredObject,
  around: RouteSurroundings,
): RouteParent[] {
  const namespace = route.metadata.namespace ?? '';
  const rules = ruleConditions(route, around);
  return (httpRouteSpec(route).parentRefs ?? []).flatMap(
    (ref): RouteParent[] => {
      const gatewayKey = gatewayKeyOf(ref, namespace);
      const listeners = around.listeners(gatewayKey);
      if (!listeners || (ref.kind ?? 'Gateway') !== 'Gateway') return [];
      const { acceptance, attached, served } = attach(
        route,
        ref,
        listeners,
        around,
      );
      const ruleRefusal = rules.find(
        ({ type, status }) => type === 'Accepted' && status === 'False',
      );
      return [
        {
          ref,
          gatewayKey,
          conditions: [
            acceptance.status === 'False'
              ? acceptance
              : ruleRefusal ?? acceptance,
            ...rules.filter(({ type }) => type !== 'Accepted'),
          ],
          attached,
          served,
        },
      ];
    },
  );
}
