import { BlockList, isIP } from 'node:net';
import type { StoredObject } from '../types';
import { extAuthError, type ExtAuthSpec } from './extAuth';
import { groups, type ObjectReference } from './kinds';
import { referencePermitted } from './references';
import { notEvaluatedFields } from './securityFields';
import { sentence } from './statusConditions';
import { decodeSecret } from './view';

/** A provider of `spec.jwt`. */
export interface JwtProvider {
  name: string;
  issuer?: string;
  audiences?: string[];
  remoteJWKS?: {
    uri: string;
    cacheDuration?: string;
  };
  localJWKS?: { type?: string; inline?: string };
  claimToHeaders?: { claim: string; header: string }[];
  recomputeRoute?: boolean;
}

/** A rule of `spec.authorization`. */
export interface AuthorizationRule {
  name?: string;
  action: 'Allow' | 'Deny';
  operation?: { methods?: string[] };
  principal?: {
    clientCIDRs?: string[];
    headers?: { name: string; values: string[] }[];
    jwt?: {
      provider: string;
      claims?: {
        name: string;
        valueType?: 'String' | 'StringArray';
        values: string[];
      }[];
      scopes?: string[];
    };
  };
}

/** `spec` of a SecurityPolicy, as far as the sandbox enforces it. */
export interface SecuritySpec {
  targetRef?: PolicyTarget;
  targetRefs?: PolicyTarget[];
  targetSelectors?: TargetSelector[];
  mergeType?: 'StrategicMerge' | 'JSONMerge';
  apiKeyAuth?: {
    credentialRefs: ObjectReference[];
    extractFrom: {
      headers?: string[];
      params?: string[];
      cookies?: string[];
    }[];
    forwardClientIDHeader?: string;
    sanitize?: boolean;
  };
  jwt?: { optional?: boolean; providers: JwtProvider[] };
  authorization?: {
    defaultAction?: 'Allow' | 'Deny';
    rules?: AuthorizationRule[];
  };
  extAuth?: ExtAuthSpec;
  [other: string]: unknown;
}

/** What a policy attaches to, in its own namespace. */
export interface PolicyTarget {
  group: string;
  kind: string;
  name: string;
  sectionName?: string;
}

/** What a policy attaches to by labels. */
interface TargetSelector {
  kind: string;
  namespaces?: { from?: 'Same' | 'All' | 'Selector' };
}

/** A merged or plain policy with the namespaces that its parts came from: references are resolved there. */
export interface EffectiveSecurity {
  spec: SecuritySpec;
  /** Namespace of the policy that brought `apiKeyAuth`. */
  apiKeyNamespace: string;
  /** Namespace of the policy that brought `extAuth`. */
  extAuthNamespace: string;
}

/** What policies refer to. */
export interface SecuritySurroundings {
  service(key: string): StoredObject | undefined;
  secret(namespace: string, name: string): StoredObject | undefined;
  grants(): Iterable<StoredObject>;
}

/** Parts of a policy, each of which Envoy Gateway translates by itself. */
export type SecurityBlock = 'apiKeyAuth' | 'authorization' | 'jwt' | 'extAuth';

/** What is wrong with a policy. */
export interface SecurityProblems {
  /** Envoy Gateway would refuse it with these; its routes answer 500. */
  errors: string[];
  /** The parts that the errors are about. */
  broken: ReadonlySet<SecurityBlock>;
  /** Fields that work on a real gateway and not here; its routes answer 501. */
  notEvaluated: string[];
}

/** `spec` of a SecurityPolicy. */
export const securitySpec = (policy: StoredObject): SecuritySpec =>
  policy.spec ?? {};

/** Objects a policy says it attaches to. */
export function policyTargets(policy: StoredObject): PolicyTarget[] {
  const {
    targetRef,
    targetRefs,
  }: { targetRef?: PolicyTarget; targetRefs?: PolicyTarget[] } =
    policy.spec ?? {};
  return [...(targetRef ? [targetRef] : []), ...(targetRefs ?? [])];
}

/** Objects that a policy may attach to by labels: their kind and their namespace, `*` for any. */
export function selectedKinds(
  policy: StoredObject,
): { kind: string; namespace: string }[] {
  const { targetSelectors = [] }: { targetSelectors?: TargetSelector[] } =
    policy.spec ?? {};
  return targetSelectors.map(({ kind, namespaces }) => ({
    kind,
    namespace:
      (namespaces?.from ?? 'Same') === 'Same'
        ? policy.metadata.namespace ?? ''
        : '*',
  }));
}

function jwtErrors({ providers }: NonNullable<SecuritySpec['jwt']>): string[] {
  const errors: string[] = [];
  const names = new Set<string>();
  for (const { name, issuer = '', remoteJWKS, localJWKS } of providers) {
    if (issuer.includes(':') && !isRequestUri(issuer)) {
      errors.push(
        "invalid issuer; when issuer contains ':' character, it MUST be a valid URI",
      );
    }
    if (!remoteJWKS === !localJWKS) {
      errors.push(
        `either remoteJWKS or localJWKS must be specified for jwt provider: ${name}`,
      );
    }
    if (remoteJWKS && !isRequestUri(remoteJWKS.uri)) {
      errors.push(
        `invalid remote JWKS URI: parse "${remoteJWKS.uri}": invalid URI for request`,
      );
    }
    if (names.has(name)) errors.push(`provider name ${name} must be unique`);
    names.add(name);
  }
  return errors;
}

/** Go's `url.ParseRequestURI`: absolute, or a rooted path. */
function isRequestUri(text: string): boolean {
  return text.startsWith('/') || URL.canParse(text);
}

/** Client ids and keys of a policy, or the first error (`buildAPIKeyAuth`). */
export function apiKeys(
  security: EffectiveSecurity,
  around: SecuritySurroundings,
): { error: string } | { clientIdByKey: Map<string, string> } {
  const clientIdByKey = new Map<string, string>();
  const clientIds = new Set<string>();
  const from = security.apiKeyNamespace;
  for (const ref of security.spec.apiKeyAuth?.credentialRefs ?? []) {
    if ((ref.group ?? '') !== '')
      return { error: 'secret ref group must be unspecified/empty' };
    if ((ref.kind ?? 'Secret') !== 'Secret')
      return { error: 'secret ref kind must be Secret' };
    const namespace = ref.namespace ?? from;
    const permitted = referencePermitted(
      { group: groups.envoyGateway, kind: 'SecurityPolicy', namespace: from },
      { group: '', kind: 'Secret', namespace, name: ref.name },
      around.grants(),
    );
    if (!permitted) {
      return {
        error: `ref to Secret ${namespace}/${ref.name} not permitted by any ReferenceGrant`,
      };
    }
    const secret = around.secret(namespace, ref.name);
    if (!secret)
      return { error: `secret ${namespace}/${ref.name} does not exist` };
    const data: Record<string, string> = secret.data ?? {};
    for (const [clientId, encoded] of Object.entries(data)) {
      if (clientIds.has(clientId)) continue;
      const key = decodeSecret(encoded);
      if (clientIdByKey.has(key)) return { error: 'duplicated API key' };
      clientIdByKey.set(key, clientId);
      clientIds.add(clientId);
    }
  }
  return { clientIdByKey };
}

function authorizationError(
  rules: readonly AuthorizationRule[],
): string | undefined {
  for (const { principal } of rules) {
    for (const cidr of principal?.clientCIDRs ?? []) {
      if (!blockListOf([cidr]))
        return `unable to translate authorization rule: invalid CIDR address: ${cidr}`;
    }
  }
  return undefined;
}

/** The addresses of these networks, or nothing if one of them is not in CIDR notation. */
export function blockListOf(cidrs: readonly string[]): BlockList | undefined {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address, length] = cidr.split('/');
    const version = isIP(address);
    const bits = Number(length);
    if (
      version === 0 ||
      !/^\d+$/.test(length ?? '') ||
      bits > (version === 4 ? 32 : 128)
    )
      return undefined;
    list.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/**
 * What is wrong with a policy. What is wrong with keys fetched from the network shows at the first request, not here: Envoy Gateway
 * doesn't fetch `remoteJWKS`, Envoy does.
 *
 * Source: Envoy Gateway v1.8.1, `internal/gatewayapi/securitypolicy.go` (translateSecurityPolicyForRoute and what it calls).
 */
export function securityProblems(
  security: EffectiveSecurity,
  around: SecuritySurroundings,
): SecurityProblems {
  const { spec } = security;
  const keys = spec.apiKeyAuth && apiKeys(security, around);
  const found: [SecurityBlock, string, string | undefined][] = [
    [
      'apiKeyAuth',
      'APIKeyAuth',
      keys && 'error' in keys ? keys.error : undefined,
    ],
    [
      'authorization',
      'Authorization',
      authorizationError(spec.authorization?.rules ?? []),
    ],
    ['jwt', 'JWT', spec.jwt && jwtErrors(spec.jwt).join('\n')],
    [
      'extAuth',
      'ExtAuth',
      spec.extAuth &&
        extAuthError(spec.extAuth, security.extAuthNamespace, around),
    ],
  ];
  const broken = found.filter(([, , error]) => error);
  return {
    errors: broken.map(([, label, error]) => `${label}: ${error}`),
    broken: new Set(broken.map(([block]) => block)),
    notEvaluated: notEvaluatedFields(spec),
  };
}

/**
 * The parts of a policy that are in force. A broken one takes nothing from the others: they filter requests before the 500 of the policy's
 * own routes, and those of every other route whose requests are authenticated by this policy.
 *
 * Source: Envoy Gateway v1.8.1, `translateSecurityPolicyForRoute` and `…ForGateway` ("even if some of them are invalid, we still want to
 * apply the valid ones").
 */
export function blocksInForce(
  { apiKeyAuth, authorization, jwt, extAuth }: SecuritySpec,
  { broken }: SecurityProblems,
): Pick<SecuritySpec, SecurityBlock> {
  const sound = <T>(block: SecurityBlock, value: T) =>
    broken.has(block) ? undefined : value;
  return {
    apiKeyAuth: sound('apiKeyAuth', apiKeyAuth),
    authorization: sound('authorization', authorization),
    jwt: sound('jwt', jwt),
    extAuth: sound('extAuth', extAuth),
  };
}

/** The message of an Accepted=False condition, or nothing when all is well. */
export function problemMessage({
  errors,
  notEvaluated,
}: SecurityProblems): string | undefined {
  if (notEvaluated.length > 0) {
    return `Not evaluated: the sandbox's gateway does not know ${notEvaluated
      .map(f => `spec.${f}`)
      .join(', ')}.`;
  }
  return errors.length > 0 ? sentence(errors.join('\n')) : undefined;
}
