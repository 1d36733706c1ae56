import type { StoredObject } from '../types';
import { groups, type BackendRef } from './kinds';
import { referencePermitted } from './references';
import { knownOfBackendRefs, type KnownFields } from './unknownFields';

/** `spec.extAuth` of a SecurityPolicy, as far as the sandbox does it. */
export interface ExtAuthSpec {
  grpc?: { backendRefs?: BackendRef[] };
  headersToExtAuth?: string[];
  bodyToExtAuth?: { maxRequestBytes: number };
  failOpen?: boolean;
  timeout?: string;
  statusOnError?: number;
}

/** What `extAuth` refers to. */
interface ExtAuthSurroundings {
  service(key: string): StoredObject | undefined;
  grants(): Iterable<StoredObject>;
}

/** Fields that the proxy does, some of them with some values only (`unknownExtAuth`). */
export const knownExtAuth: KnownFields = {
  grpc: { backendRefs: knownOfBackendRefs },
  headersToExtAuth: true,
  bodyToExtAuth: { maxRequestBytes: true },
  failOpen: true,
  timeout: true,
  statusOnError: true,
};

/** Values of known fields of `extAuth` that work on a real gateway and not here. */
export function unknownExtAuth({ grpc, failOpen }: ExtAuthSpec): string[] {
  const refs = grpc?.backendRefs ?? [];
  const checks: [string, boolean][] = [
    ['failOpen: true', failOpen === true],
    ['grpc.backendRefs: several', refs.length > 1],
    [
      'grpc.backendRefs[].kind',
      refs.some(
        ({ group = '', kind = 'Service' }) => group || kind !== 'Service',
      ),
    ],
  ];
  return checks.flatMap(([field, used]) => (used ? [`extAuth.${field}`] : []));
}

/** Key of the Service that is asked, and its port. */
export function authorizerService(
  { grpc }: ExtAuthSpec,
  policyNamespace: string,
): { key: string; port: number | undefined } | undefined {
  const [ref] = grpc?.backendRefs ?? [];
  return (
    ref && {
      key: `${ref.namespace ?? policyNamespace}/${ref.name}`,
      port: ref.port,
    }
  );
}

/**
 * What is wrong with a policy's `extAuth`, or nothing.
 *
 * Source: Envoy Gateway v1.8.1, `validateExtServiceBackendReference` (`internal/gatewayapi/validate.go`); what it says is recorded in
 * `testdata/extAuth.out.yaml`.
 */
export function extAuthError(
  extAuth: ExtAuthSpec,
  policyNamespace: string,
  around: ExtAuthSurroundings,
): string | undefined {
  const target = authorizerService(extAuth, policyNamespace);
  if (!target) return undefined;
  const { key, port } = target;
  if (port === undefined) {
    return 'a valid port number corresponding to a port on the Service must be specified';
  }
  const service = around.service(key);
  if (!service) return `service ${key} not found`;
  const ports: { port: number; protocol?: string }[] = service.spec.ports ?? [];
  if (
    !ports.some(
      each => each.port === port && (each.protocol ?? 'TCP') === 'TCP',
    )
  ) {
    return `TCP Port ${port} not found on service ${key}`;
  }
  const [namespace, name] = key.split('/');
  const permitted = referencePermitted(
    {
      group: groups.envoyGateway,
      kind: 'SecurityPolicy',
      namespace: policyNamespace,
    },
    { group: '', kind: 'Service', namespace, name },
    around.grants(),
  );
  return permitted
    ? undefined
    : `backend ref to Service ${key} not permitted by any ReferenceGrant`;
}
