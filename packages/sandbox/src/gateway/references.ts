import type { StoredObject } from '../types';

/** One end of a reference across namespaces. */
interface ReferenceEnd {
  group: string;
  kind: string;
  namespace: string;
}

/**
 * Whether a ReferenceGrant in the target's namespace allows the reference; always within one namespace.
 *
 * Source: Gateway API, ReferenceGrant; `isCrossNamespaceReferencePermitted` in Envoy Gateway v1.8.1 (`internal/gatewayapi/helpers.go`).
 */
export function referencePermitted(
  from: ReferenceEnd,
  to: ReferenceEnd & { name: string },
  grants: Iterable<StoredObject>,
): boolean {
  if (from.namespace === to.namespace) return true;
  for (const grant of grants) {
    if (grant.metadata.namespace !== to.namespace) continue;
    const sources: ReferenceEnd[] = grant.spec.from;
    const targets: { group: string; kind: string; name?: string }[] =
      grant.spec.to;
    const fromAllowed = sources.some(
      source =>
        source.namespace === from.namespace &&
        source.group === from.group &&
        source.kind === from.kind,
    );
    const toAllowed = targets.some(
      target =>
        target.group === to.group &&
        target.kind === to.kind &&
        (!target.name || target.name === to.name),
    );
    if (fromAllowed && toAllowed) return true;
  }
  return false;
}
