import type { StoredObject } from '../types';
import {
  securitySpec,
  type EffectiveSecurity,
  type SecuritySpec,
} from './security';

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mergeObjects(
  base: Record<string, unknown>,
  patch: Record<string, unknown>,
): Record<string, unknown> {
  const merged = { ...base };
  for (const [field, value] of Object.entries(patch)) {
    const below = merged[field];
    merged[field] =
      isPlainObject(value) && isPlainObject(below)
        ? mergeObjects(below, value)
        : value;
  }
  return merged;
}

/**
 * A route's policy merged into its parent's: the parent's spec with the route's fields on top, field by field; lists are replaced. Both
 * merge types come to the same, because no list of a SecurityPolicy that the sandbox evaluates has a merge key
 * (`api/v1alpha1/*_types.go`, v1.8.1: only `extAuth.contextExtensions` has one).
 *
 * Source: `mergeSecurityPolicy`, `utils.Merge` (Envoy Gateway v1.8.1).
 */
export function mergeSecurity(
  route: StoredObject,
  parent: StoredObject,
): EffectiveSecurity {
  const { targetRef: _one, targetRefs: _many, ...below } = securitySpec(parent);
  const spec: SecuritySpec = mergeObjects(below, securitySpec(route));
  const own = securitySpec(route);
  const namespaceOf = (isOwn: boolean) =>
    (isOwn ? route : parent).metadata.namespace ?? '';
  return {
    spec,
    apiKeyNamespace: namespaceOf(own.apiKeyAuth?.credentialRefs !== undefined),
    extAuthNamespace: namespaceOf(own.extAuth?.grpc?.backendRefs !== undefined),
  };
}

/** A policy on its own. */
export function plainSecurity(policy: StoredObject): EffectiveSecurity {
  return {
    spec: securitySpec(policy),
    apiKeyNamespace: policy.metadata.namespace ?? '',
    extAuthNamespace: policy.metadata.namespace ?? '',
  };
}
