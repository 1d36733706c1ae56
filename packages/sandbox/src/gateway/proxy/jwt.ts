import type { JSONWebKeySet, JWK } from 'jose';
import type { Clock } from '../../world/clock';
import type { JwtProvider, SecuritySpec } from '../security';
import { parseDurationMs } from './durations';
import { parseKeys, type JwksCache } from './jwksCache';
import { parseToken, type ParsedToken } from './tokens';

/** Claims of a verified token, under the name of the provider that verified it: what authorization rules read. */
export type JwtClaims = ReadonlyMap<string, Record<string, unknown>>;

/** A token was accepted, or wasn't needed; or the reason why not, as Envoy words it. */
export type JwtVerdict =
  | { claims: JwtClaims; claimHeaders: Map<string, string> }
  | { reason: string };

/** What verification needs besides the policy. */
export interface JwtContext {
  jwks: JwksCache;
  clock: Clock;
}

/** Clocks may differ by this much (Envoy, `JwtProvider.clock_skew_seconds`). */
const skewS = 60;

/** `RemoteJWKS.cacheDuration` when it is not given (Envoy Gateway v1.8, CRD default). */
const defaultCacheMs = 300_000;

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
  parsed: ParsedToken,
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
  parsed: ParsedToken,
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

/** Claims whose words count one by one. Envoy Gateway v1.8.1 has Envoy split them (`SpaceDelimitedClaims`, `xds/translator/jwt.go`). */
const wordClaims = ['scope', 'scp'];

function normalized(payload: Record<string, unknown>): Record<string, unknown> {
  const words = wordClaims.flatMap((name): [string, string[]][] => {
    const claim = payload[name];
    return typeof claim === 'string' ? [[name, claim.split(' ')]] : [];
  });
  return { ...payload, ...Object.fromEntries(words) };
}

function claimHeadersOf(
  { claimToHeaders = [] }: JwtProvider,
  payload: Record<string, unknown>,
): Map<string, string> {
  const claimHeaders = new Map<string, string>();
  for (const { claim, header } of claimToHeaders) {
    const value = headerValue(claimAt(payload, claim));
    if (value !== undefined) claimHeaders.set(header.toLowerCase(), value);
  }
  return claimHeaders;
}

async function verifyOne(
  token: string,
  providers: readonly JwtProvider[],
  context: JwtContext,
): Promise<JwtVerdict> {
  const parsed = parseToken(token);
  if (typeof parsed === 'string') return { reason: parsed };
  const { payload } = parsed;
  let reason = 'Jwt issuer is not configured';
  for (const provider of providers) {
    const problem = await problemWith(parsed, provider, context);
    if (problem === undefined) {
      return {
        claims: new Map([[provider.name, normalized(payload)]]),
        claimHeaders: claimHeadersOf(provider, payload),
      };
    }
    if (problem !== 'Jwt issuer is not configured') reason = problem;
  }
  return { reason };
}

/**
 * Verifies the tokens of a request, all of which must be valid, against the providers of a policy: any one may accept a token. The last
 * is looked at first; the first one's claims count, and all of them fill the headers.
 *
 * Source: Envoy's jwt_authn filter; reasons, order and skew as a real Envoy 1.40.0 answers (`testdata/envoyReplies.json`).
 */
export async function verifyJwt(
  tokens: readonly string[],
  { providers, optional = false }: NonNullable<SecuritySpec['jwt']>,
  context: JwtContext,
): Promise<JwtVerdict> {
  if (tokens.length === 0 && !optional) return { reason: 'Jwt is missing' };
  let claims: JwtClaims = new Map();
  const claimHeaders = new Map<string, string>();
  for (const token of [...tokens].reverse()) {
    const verdict = await verifyOne(token, providers, context);
    if ('reason' in verdict) return verdict;
    claims = verdict.claims;
    for (const [name, value] of verdict.claimHeaders) {
      const before = claimHeaders.get(name);
      claimHeaders.set(
        name,
        before === undefined ? value : `${before},${value}`,
      );
    }
  }
  return { claims, claimHeaders };
}
