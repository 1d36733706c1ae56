import { isIP } from 'node:net';
import {
  blockListOf,
  type AuthorizationRule,
  type SecuritySpec,
} from '../security';
import { claimAt, type JwtClaims } from './jwt';

/** What rules look at. */
export interface Principal {
  method: string;
  headers: ReadonlyMap<string, string>;
  claims: JwtClaims;
  remoteAddress: string;
}

function claimMatches(
  claims: Record<string, unknown>,
  {
    name,
    valueType = 'String',
    values,
  }: { name: string; valueType?: string; values: string[] },
): boolean {
  const claim = claimAt(claims, name);
  if (valueType === 'StringArray')
    return Array.isArray(claim) && values.some(value => claim.includes(value));
  return typeof claim === 'string' && values.includes(claim);
}

function jwtMatches(
  {
    provider,
    claims: wanted = [],
    scopes = [],
  }: NonNullable<NonNullable<AuthorizationRule['principal']>['jwt']>,
  { claims }: Principal,
): boolean {
  const verified = claims.get(provider);
  if (!verified) return false;
  const granted = [verified.scope, verified.scp].flatMap(scope =>
    Array.isArray(scope) ? scope : [],
  );
  return (
    scopes.every(scope => granted.includes(scope)) &&
    wanted.every(claim => claimMatches(verified, claim))
  );
}

function inNetworks(address: string, cidrs: readonly string[]): boolean {
  const plain = address.startsWith('::ffff:')
    ? address.slice('::ffff:'.length)
    : address;
  const version = isIP(plain);
  if (version === 0) return false;
  return (
    blockListOf(cidrs)?.check(plain, version === 4 ? 'ipv4' : 'ipv6') ?? false
  );
}

function ruleMatches(
  { operation, principal = {} }: AuthorizationRule,
  request: Principal,
): boolean {
  const { clientCIDRs, headers = [], jwt } = principal;
  return (
    (!operation?.methods?.length ||
      operation.methods.includes(request.method)) &&
    (!clientCIDRs?.length || inNetworks(request.remoteAddress, clientCIDRs)) &&
    (!jwt || jwtMatches(jwt, request)) &&
    headers.every(({ name, values }) => {
      const actual = request.headers.get(name.toLowerCase());
      return actual !== undefined && values.includes(actual);
    })
  );
}

/**
 * Whether the rules let a request pass: the first that matches decides, else `defaultAction`, else Deny. A policy without an
 * `authorization` block lets everybody pass that it has authenticated.
 *
 * Source: Envoy Gateway v1.8.1, `internal/xds/translator/authorization.go` and `buildAuthorization`.
 */
export function isAllowed(
  authorization: SecuritySpec['authorization'],
  request: Principal,
): boolean {
  if (!authorization) return true;
  const rule = (authorization.rules ?? []).find(candidate =>
    ruleMatches(candidate, request),
  );
  return (rule?.action ?? authorization.defaultAction ?? 'Deny') === 'Allow';
}
