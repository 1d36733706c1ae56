import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { StoredObject } from '../types';
import { selects } from '../world/kinds';
import { gatewaySpec, groups, type ListenerSpec } from './kinds';
import { referencePermitted } from './references';
import { condition, type NewCondition } from './statusConditions';
import { decodeSecret } from './view';

/** What the proxy presents on a listener. */
export interface ListenerCertificate {
  cert: string;
  key: string;
  dnsNames: string[];
}

/** A listener and what became of it. */
export interface ListenerState {
  gateway: StoredObject;
  spec: ListenerSpec;
  conditions: NewCondition[];
  /** Programmed: the proxy serves it. */
  ready: boolean;
  certificate?: ListenerCertificate;
}

/** What listeners refer to. */
export interface ListenerSurroundings {
  secret(namespace: string, name: string): StoredObject | undefined;
  grants(): Iterable<StoredObject>;
}

const programmed = condition(
  'Programmed',
  true,
  'Programmed',
  'Sending translated listener configuration to the data plane',
);
const accepted = condition(
  'Accepted',
  true,
  'Accepted',
  'Listener has been successfully translated',
);
const resolved = condition(
  'ResolvedRefs',
  true,
  'ResolvedRefs',
  'Listener references have been resolved',
);
const invalid = condition(
  'Programmed',
  false,
  'Invalid',
  'Listener is invalid, see other Conditions for details.',
);

function certificateOf(secret: StoredObject): ListenerCertificate | undefined {
  try {
    const cert = decodeSecret(secret.data['tls.crt']);
    const key = decodeSecret(secret.data['tls.key']);
    createPrivateKey(key);
    const names = new X509Certificate(cert).subjectAltName ?? '';
    const dnsNames = [...names.matchAll(/DNS:([^,\s]+)/g)].map(
      ([, name]) => name,
    );
    return { cert, key, dnsNames };
  } catch {
    return undefined;
  }
}

/** A problem with one certificate, as `validateTerminateModeAndGetTLSSecrets` words it. */
interface CertificateProblem {
  reason: 'InvalidCertificateRef' | 'RefNotPermitted';
  message: string;
}

function readCertificate(
  gateway: StoredObject,
  spec: ListenerSpec,
  index: number,
  around: ListenerSurroundings,
): ListenerCertificate | CertificateProblem {
  const ref = spec.tls?.certificateRefs?.[index];
  const problem = (
    message: string,
    reason: CertificateProblem['reason'] = 'InvalidCertificateRef',
  ) => ({
    reason,
    message: `certificate refs ${index}: ${message}`,
  });
  if (!ref || (ref.group ?? '') !== '') {
    return problem(
      "Listener's TLS certificate ref group must be unspecified/empty.",
    );
  }
  if ((ref.kind ?? 'Secret') !== 'Secret') {
    return problem("Listener's TLS certificate ref kind must be Secret.");
  }
  const from = gateway.metadata.namespace ?? '';
  const namespace = ref.namespace ?? from;
  const permitted = referencePermitted(
    { group: groups.gatewayApi, kind: 'Gateway', namespace: from },
    { group: '', kind: 'Secret', namespace, name: ref.name },
    around.grants(),
  );
  if (!permitted) {
    return problem(
      `Certificate ref to secret ${namespace}/${ref.name} not permitted by any ReferenceGrant.`,
      'RefNotPermitted',
    );
  }
  const secret = around.secret(namespace, ref.name);
  if (!secret)
    return problem(`Secret ${namespace}/${ref.name} does not exist.`);
  if (secret.type !== 'kubernetes.io/tls') {
    return problem(
      `Secret ${namespace}/${ref.name} must be of type kubernetes.io/tls.`,
    );
  }
  if (!secret.data?.['tls.crt'] || !secret.data['tls.key']) {
    return problem(
      `Secret ${namespace}/${ref.name} must contain tls.crt and tls.key.`,
    );
  }
  return (
    certificateOf(secret) ??
    problem(
      `${namespace}/${ref.name} must contain valid tls.crt and tls.key, unable to read them.`,
    )
  );
}

/** Fields of a Gateway that say who may connect, or that can say anything; Envoy Gateway v1.8.1 does what they say. */
function unknownGatewayFields(gateway: StoredObject): string[] {
  const { tls, infrastructure } = gatewaySpec(gateway);
  return [
    ...(tls ? ['spec.tls'] : []),
    ...(infrastructure?.parametersRef
      ? ['spec.infrastructure.parametersRef']
      : []),
  ];
}

/** First problem of a listener, or its certificate. */
function translateListener(
  gateway: StoredObject,
  spec: ListenerSpec,
  around: ListenerSurroundings,
): { conditions: NewCondition[]; certificate?: ListenerCertificate } {
  const refuse = (reason: string, message: string) => ({
    conditions: [condition('Programmed', false, reason, message), resolved],
  });
  const unknown = unknownGatewayFields(gateway);
  if (unknown.length > 0) {
    return {
      conditions: [
        condition(
          'Accepted',
          false,
          'Invalid',
          `Not evaluated: the sandbox's gateway does not know ${unknown.join(
            ', ',
          )} of a Gateway.`,
        ),
        invalid,
        resolved,
      ],
    };
  }
  if (spec.protocol !== 'HTTPS') {
    // Envoy Gateway serves HTTP, TCP, TLS and UDP too; the sandbox's proxy doesn't, and doesn't pretend.
    return {
      conditions: [
        condition(
          'Accepted',
          false,
          'UnsupportedProtocol',
          `Not evaluated: the sandbox serves HTTPS listeners only, not ${spec.protocol}.`,
        ),
        invalid,
        resolved,
      ],
    };
  }
  if (!spec.tls)
    return refuse(
      'Invalid',
      'Listener must have TLS set when protocol is HTTPS.',
    );
  if ((spec.tls.mode ?? 'Terminate') !== 'Terminate') {
    return refuse(
      'UnsupportedTLSMode',
      `TLS ${spec.tls.mode} mode is not supported, TLS mode must be Terminate.`,
    );
  }
  const count = spec.tls.certificateRefs?.length ?? 0;
  if (count === 0)
    return refuse(
      'Invalid',
      'Listener must have at least 1 TLS certificate ref',
    );

  const read = Array.from({ length: count }, (_, index) =>
    readCertificate(gateway, spec, index, around),
  );
  const certificates = read.flatMap(one => ('cert' in one ? [one] : []));
  const problems = read.flatMap(one => ('cert' in one ? [] : [one]));
  const texts = problems.map(({ message }) => message).join('\n');
  if (certificates.length === 0) {
    const notPermitted = problems.every(
      ({ reason }) => reason === 'RefNotPermitted',
    );
    const refs = condition(
      'ResolvedRefs',
      false,
      notPermitted ? 'RefNotPermitted' : 'InvalidCertificateRef',
      `No valid secrets exist: ${texts}`,
    );
    // A reference that isn't permitted leaves the listener without an Accepted condition (v1.8.1, validateListenerConditions).
    return {
      conditions: notPermitted ? [refs, invalid] : [refs, accepted, invalid],
    };
  }
  const partly = condition(
    'ResolvedRefs',
    false,
    'PartiallyInvalidCertificateRef',
    `Some secrets are invalid: ${texts}`,
  );
  return {
    conditions:
      problems.length > 0
        ? [partly, accepted, programmed]
        : [programmed, accepted, resolved],
    certificate: certificates[0],
  };
}

function hostnamesOverlap(a: string, b: string): boolean {
  const matches = (name: string, pattern: string) =>
    pattern === name ||
    (pattern.startsWith('*.') &&
      !name.startsWith('*') &&
      name.endsWith(pattern.slice(1)));
  return matches(a, b) || matches(b, a);
}

/** Names of two certificates that overlap, if any do. */
function overlap(
  one: ListenerCertificate,
  other: ListenerCertificate,
): [string, string] | undefined {
  for (const name of one.dnsNames) {
    const theirs = other.dnsNames.find(each => hostnamesOverlap(name, each));
    if (theirs !== undefined) return [name, theirs];
  }
  return undefined;
}

/**
 * Listeners that share a certificate lose HTTP/2, and say so. Of several that share one, the first names the last, and the others name the
 * first (`checkOverlappingCertificates`).
 */
function noteOverlaps(states: readonly ListenerState[]): void {
  const found = new Map<
    ListenerState,
    { other: ListenerState; names: [string, string] }
  >();
  for (const [place, one] of states.entries()) {
    if (found.has(one) || !one.certificate) continue;
    for (const other of states.slice(place + 1)) {
      if (found.has(other) || !other.certificate) continue;
      if (one.spec.port !== other.spec.port) continue;
      const names = overlap(one.certificate, other.certificate);
      if (!names) continue;
      found.set(one, { other, names });
      found.set(other, { other: one, names: [names[1], names[0]] });
    }
  }
  for (const [one, { other, names }] of found) {
    one.conditions.push(
      condition(
        'OverlappingTLSConfig',
        true,
        'OverlappingCertificates',
        `The certificate SAN ${names[0]} overlaps with the certificate SAN ${names[1]} in listener ${other.spec.name}. ALPN will default to HTTP/1.1 to prevent HTTP/2 connection coalescing, unless explicitly configured via ClientTrafficPolicy`,
      ),
    );
  }
}

/**
 * The listeners of a Gateway, each with its conditions.
 *
 * Source: Envoy Gateway v1.8.1, `internal/gatewayapi/validate.go` (validateTLSConfiguration, validateListenerConditions) and
 * `listener.go`; wording included. Of two listeners the API server itself refuses equal port, protocol and hostname (CEL).
 */
export function listenerStates(
  gateway: StoredObject,
  around: ListenerSurroundings,
): ListenerState[] {
  const states = gatewaySpec(gateway).listeners.map((spec): ListenerState => {
    const { conditions, certificate } = translateListener(
      gateway,
      spec,
      around,
    );
    const ready = conditions.some(
      ({ type, status }) => type === 'Programmed' && status === 'True',
    );
    return { gateway, spec, conditions, ready, certificate };
  });
  noteOverlaps(states);
  return states;
}

/** Route kinds a listener takes (`allowedRouteKindsForProtocol`); the sandbox knows HTTPRoute, and GRPCRoute by name only. */
export const supportedKinds = [
  { group: groups.gatewayApi, kind: 'HTTPRoute' },
  { group: groups.gatewayApi, kind: 'GRPCRoute' },
];

/** Whether a listener takes HTTPRoutes from this namespace (Gateway API, `allowedRoutes`; default `Same`). */
export function allowsRoutesFrom(
  { gateway, spec }: ListenerState,
  namespace: StoredObject | undefined,
): boolean {
  const kinds = spec.allowedRoutes?.kinds;
  if (
    !namespace ||
    (kinds?.length && !kinds.some(({ kind }) => kind === 'HTTPRoute'))
  )
    return false;
  const { from = 'Same', selector } = spec.allowedRoutes?.namespaces ?? {};
  if (from === 'All') return true;
  if (from === 'Selector') {
    const empty = !selector || Object.keys(selector).length === 0;
    return (
      selector !== undefined &&
      (empty || selects(selector, namespace.metadata.labels))
    );
  }
  return (
    from === 'Same' && namespace.metadata.name === gateway.metadata.namespace
  );
}

/** Whether a pattern with a leading `*` covers a hostname (`wildcardHostnameMatchesHostname`: any number of labels). */
function covers(pattern: string, hostname: string): boolean {
  return (
    hostname.length > pattern.length - 1 && hostname.endsWith(pattern.slice(1))
  );
}

/** Hostnames under which a route is served on a listener; none: they have nothing in common (`computeHosts`). */
export function commonHostnames(
  listener: string | undefined,
  route: readonly string[] | undefined,
): string[] {
  if (!route?.length) return [listener ?? '*'];
  const hosts = new Set<string>();
  for (const name of route) {
    if (listener === undefined || listener === name) hosts.add(name);
    else if (listener.startsWith('*') && covers(listener, name))
      hosts.add(name);
    else if (name.startsWith('*') && covers(name, listener))
      hosts.add(listener);
  }
  return [...hosts];
}
