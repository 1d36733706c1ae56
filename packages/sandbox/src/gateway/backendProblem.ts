import type { StoredObject } from '../types';
import { groups, type BackendRef } from './kinds';
import { referencePermitted } from './references';

/** What backendRefs refer to. */
export interface BackendSurroundings {
  grants(): Iterable<StoredObject>;
  inferencePool(key: string): StoredObject | undefined;
  service(key: string): StoredObject | undefined;
}

/** First problem of a backendRef. Source: `processDestination`, `validateBackendRef` (Envoy Gateway v1.8.1). */
export function backendProblem(
  ref: BackendRef,
  routeNamespace: string,
  around: BackendSurroundings,
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
