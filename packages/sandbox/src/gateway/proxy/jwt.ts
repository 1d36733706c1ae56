import type { JSONWebKeySet, JWK } from 'jose';
import type { Clock } from '../../world/clock';
import type { JwtProvider, SecuritySpec } from '../security';
import { parseDurationMs } from './durations';
import { parseKeys, type JwksCache } from './jwksCache';

/** Claims of a verified token, under the name of the provider that verified it: what authorization rules read. */
export type JwtClaims = ReadonlyMap<string, Record<string, unknown>>;

/** A token was accepted, or wasn't needed; or the reason why not, as Envoy words it. */
export type JwtVerdict =
  | { claims: JwtClaims; claimHeaders: Map<string, string> }
  | { reason: string; isMissing: boolean };

/** What verification needs besides the policy. */
export interface JwtContext {
  jwks: JwksCache;
  clock: Clock;
}

/** Clocks may differ by this much (Envoy, `JwtProvider.clock_skew_seconds`). */
const skewS = 60;

/** `RemoteJWKS.cacheDuration` when it is not given (Envoy Gateway v1.8, CRD default). */
const defaultCacheMs = 300_000;

/** Algorithms Envoy implements (jwt_verify_lib). */
const implemented = /^(?:RS|PS|ES|HS)(?:256|384|512)$|^EdDSA$/;

interface Parsed {
  header: Record<string, unknown>;
  payload: Record<string, unknown>;
  token: string;
}

/** The token of a request: `Authorization: Bearer …` (the scheme in this spelling), else the query parameter `access_token`. */
export function tokenOf(
  headers: ReadonlyMap<string, string>,
  query: URLSearchParams,
): string | undefined {
  const authorization = headers.get('authorization');
  if (authorization?.startsWith('Bearer '))
    return authorization.slice('Bearer '.length).trim();
  return query.get('access_token') ?? undefined;
}

function jsonObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(
      Buffer.from(part, 'base64url').toString('utf8'),
    );
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value }
      : undefined;
  } catch {
    return undefined;
  }
}

function parse(token: string): Parsed | string {
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every(part => /^[\w-]+$/.test(part))) {
    return 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections';
  }
  const header = jsonObject(parts[0]);
  if (!header) return 'Jwt header is an invalid JSON';
  if (typeof header.alg !== 'string')
    return 'Jwt header [alg] field is required and must be a string';
  if (!implemented.test(header.alg)) return 'Jwt header [alg] is not supported';
  const payload = jsonObject(parts[1]);
  return payload
    ? { header, payload, token }
    : 'Jwt payload is an invalid JSON';
}

function timeProblem(
  { exp, nbf }: Record<string, unknown>,
  nowS: number,
): string | undefined {
  if (typeof nbf === 'number' && nbf > nowS + skewS) return 'Jwt not yet valid';
  if (typeof exp === 'number' && exp < nowS - skewS) return 'Jwt is expired';
  return undefined;
}

function audienceProblem(
  { aud }: Record<string, unknown>,
  allowed: readonly string[] | undefined,
): string | undefined {
  if (!allowed?.length) return undefined;
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  return allowed.some(one => audiences.includes(one))
    ? undefined
    : 'Audiences in Jwt are not allowed';
}

/** The kinds of keys that an algorithm signs with; a public key never verifies an HMAC. */
const keyTypes: Record<string, string> = {
  RS: 'RSA',
  PS: 'RSA',
  ES: 'EC',
  HS: 'oct',
  Ed: 'OKP',
};

function candidates(
  keys: JSONWebKeySet,
  { kid, alg }: Record<string, unknown>,
): JWK[] {
  return keys.keys.filter(
    key =>
      (kid === undefined || key.kid === undefined || key.kid === kid) &&
      (key.alg === undefined || key.alg === alg) &&
      key.kty === keyTypes[String(alg).slice(0, 2)],
  );
}

async function signatureProblem(
  parsed: Parsed,
  keys: JSONWebKeySet,
): Promise<string | undefined> {
  const fitting = candidates(keys, parsed.header);
  if (fitting.length === 0)
    return "Jwks doesn't have key to match kid or alg from Jwt";
  const jose = await import('jose');
  const alg = String(parsed.header.alg);
  for (const key of fitting) {
    try {
      await jose.compactVerify(parsed.token, await jose.importJWK(key, alg), {
        algorithms: [alg],
      });
      return undefined;
    } catch {
      // The next key may be the one.
    }
  }
  return 'Jwt verification fails';
}

async function keysOf(
  provider: JwtProvider,
  { jwks }: JwtContext,
): Promise<JSONWebKeySet | undefined> {
  if (provider.localJWKS) return parseKeys(provider.localJWKS.inline ?? '');
  const { uri = '', cacheDuration } = provider.remoteJWKS ?? {};
  return jwks.get(
    uri,
    cacheDuration === undefined
      ? defaultCacheMs
      : parseDurationMs(cacheDuration),
  );
}

async function problemWith(
  parsed: Parsed,
  provider: JwtProvider,
  context: JwtContext,
): Promise<string | undefined> {
  if (provider.issuer && parsed.payload.iss !== provider.issuer)
    return 'Jwt issuer is not configured';
  const problem =
    timeProblem(parsed.payload, context.clock.now() / 1000) ??
    audienceProblem(parsed.payload, provider.audiences);
  if (problem) return problem;
  const keys = await keysOf(provider, context);
  return keys ? signatureProblem(parsed, keys) : 'Jwks remote fetch is failed';
}

/** A claim by its path; dots separate names. */
export function claimAt(
  claims: Record<string, unknown>,
  path: string,
): unknown {
  let value: unknown = claims;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return undefined;
    value = Object.entries(value).find(([field]) => field === name)?.[1];
  }
  return value;
}

/** A claim as a header: scalars as text (fractions with six digits), lists and objects as base64 of their JSON. */
function headerValue(claim: unknown): string | undefined {
  if (typeof claim === 'number')
    return Number.isInteger(claim) ? String(claim) : claim.toFixed(6);
  if (typeof claim === 'string' || typeof claim === 'boolean')
    return String(claim);
  if (claim === undefined || claim === null) return undefined;
  return Buffer.from(JSON.stringify(claim)).toString('base64');
}

/** Headers that a policy fills from claims; what the client sent in them counts for nothing. */
export function claimHeaderNames({
  providers,
}: NonNullable<SecuritySpec['jwt']>): string[] {
  return providers.flatMap(({ claimToHeaders = [] }) =>
    claimToHeaders.map(({ header }) => header.toLowerCase()),
  );
}

/**
 * Verifies the token of a request against the providers of a policy: any one may accept it.
 *
 * Source: Envoy's jwt_authn filter; reasons, order and skew as a real Envoy 1.40.0 answers (`testdata/envoyReplies.json`).
 */
export async function verifyJwt(
  token: string | undefined,
  { providers, optional = false }: NonNullable<SecuritySpec['jwt']>,
  context: JwtContext,
): Promise<JwtVerdict> {
  if (token === undefined) {
    if (optional) return { claims: new Map(), claimHeaders: new Map() };
    return { reason: 'Jwt is missing', isMissing: true };
  }
  const parsed = parse(token);
  if (typeof parsed === 'string') return { reason: parsed, isMissing: false };
  let reason = 'Jwt issuer is not configured';
  for (const provider of providers) {
    const problem = await problemWith(parsed, provider, context);
    if (problem === undefined) {
      const claimHeaders = new Map<string, string>();
      for (const { claim, header } of provider.claimToHeaders ?? []) {
        const value = headerValue(claimAt(parsed.payload, claim));
        if (value !== undefined) claimHeaders.set(header.toLowerCase(), value);
      }
      return {
        claims: new Map([[provider.name, parsed.payload]]),
        claimHeaders,
      };
    }
    if (problem !== 'Jwt issuer is not configured') reason = problem;
  }
  return { reason, isMissing: false };
}
