import type { StoredObject } from '../types';
import { groups, type BackendRef } from './kinds';
import { referencePermitted } from './references';

/** `spec.extAuth` of a SecurityPolicy, as far as the sandbox does it. */
export interface ExtAuthSpec {
  grpc?: {
    backendRefs?: BackendRef[];
    backendRef?: unknown;
    backendSettings?: unknown;
  };
  http?: unknown;
  headersToExtAuth?: string[];
  bodyToExtAuth?: { maxRequestBytes: number };
  failOpen?: boolean;
  timeout?: string;
  statusOnError?: number;
  [other: string]: unknown;
}

/** What `extAuth` refers to. */
interface ExtAuthSurroundings {
  service(key: string): StoredObject | undefined;
  grants(): Iterable<StoredObject>;
}

const known = new Set([
  'grpc',
  'http',
  'headersToExtAuth',
  'bodyToExtAuth',
  'failOpen',
  'timeout',
  'statusOnError',
]);

/** Fields of `extAuth` that work on a real gateway and not here. */
export function unknownExtAuth(extAuth: ExtAuthSpec): string[] {
  const { grpc, http, failOpen } = extAuth;
  const refs = grpc?.backendRefs ?? [];
  const checks: [string, boolean][] = [
    ['http', http !== undefined],
    ['failOpen: true', failOpen === true],
    ['grpc.backendRef', grpc?.backendRef !== undefined],
    ['grpc.backendSettings', grpc?.backendSettings !== undefined],
    ['grpc.backendRefs: several', refs.length > 1],
    [
      'grpc.backendRefs[].kind',
      refs.some(
        ({ group = '', kind = 'Service' }) => group || kind !== 'Service',
      ),
    ],
  ];
  return [
    ...Object.keys(extAuth).filter(field => !known.has(field)),
    ...checks.flatMap(([field, used]) => (used ? [field] : [])),
  ].map(field => `extAuth.${field}`);
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
