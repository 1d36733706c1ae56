import type { StoredObject } from '../types';
import { authorizerService } from './extAuth';
import { gatewaySpec, httpRouteSpec, splitKey } from './kinds';
import { backendTerm, gatewayKeyOf } from './routes';
import { policyTargets, securitySpec, selectedKinds } from './security';

/** Term of what a policy attaches to. */
export function targetTerm(
  kind: string,
  key: string,
  sectionName = '',
): string {
  return `${kind}/${key}#${sectionName}`;
}

/** Terms of policies that may select an object: in its namespace, and everywhere. */
export function selectingTerms(kind: string, key: string): string[] {
  return [splitKey(key).namespace, '*'].map(
    namespace => `selects:${kind}/${namespace}`,
  );
}

/** Terms under which a policy is found by what it attaches to, and by what it may select. */
export function policyTerms(policy: StoredObject): string[] {
  return [...targetTerms(policy), ...selectorTerms(policy)];
}

function selectorTerms(policy: StoredObject): string[] {
  return selectedKinds(policy).map(
    ({ kind, namespace }) => `selects:${kind}/${namespace}`,
  );
}

/** What an HTTPRoute refers to: Gateways, backends and filters. */
export function routeTerms(route: StoredObject): string[] {
  const namespace = route.metadata.namespace ?? '';
  const { parentRefs = [], rules = [] } = httpRouteSpec(route);
  return [
    ...parentRefs.map(ref => `gateway:${gatewayKeyOf(ref, namespace)}`),
    ...rules.flatMap(({ backendRefs = [] }) =>
      backendRefs.map(ref => `backend:${backendTerm(ref, namespace)}`),
    ),
    ...rules.flatMap(({ filters = [] }) =>
      filters.flatMap(({ extensionRef }) =>
        extensionRef ? [`filter:${namespace}/${extensionRef.name}`] : [],
      ),
    ),
  ];
}

function targetTerms(policy: StoredObject): string[] {
  return policyTargets(policy).map(({ kind, name, sectionName }) =>
    targetTerm(kind, `${policy.metadata.namespace}/${name}`, sectionName),
  );
}

/** Secrets with the keys that a policy takes. */
export function secretTerms(policy: StoredObject): string[] {
  const refs = securitySpec(policy).apiKeyAuth?.credentialRefs ?? [];
  return refs.map(
    ({ namespace, name }) =>
      `secret:${namespace ?? policy.metadata.namespace}/${name}`,
  );
}

/** The Service that a policy asks. */
export function serviceTerms(policy: StoredObject): string[] {
  const { extAuth } = securitySpec(policy);
  const asked =
    extAuth && authorizerService(extAuth, policy.metadata.namespace ?? '');
  return asked ? [`service:${asked.key}`] : [];
}

/** What a Gateway refers to: its class and Secrets. */
export function gatewayTerms(gateway: StoredObject): string[] {
  const { gatewayClassName, listeners } = gatewaySpec(gateway);
  const refs = listeners.flatMap(({ tls }) => tls?.certificateRefs ?? []);
  return [
    `class:${gatewayClassName}`,
    ...refs.map(
      ({ namespace, name }) =>
        `secret:${namespace ?? gateway.metadata.namespace}/${name}`,
    ),
  ];
}
