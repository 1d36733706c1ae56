/** Algorithms Envoy implements (jwt_verify_lib). */
const implemented = /^(?:RS|PS|ES|HS)(?:256|384|512)$|^EdDSA$/;

/** A token that can be read, and isn't verified. */
export interface ParsedToken {
  header: Record<string, unknown>;
  payload: Record<string, unknown>;
  token: string;
}

/** A token within a header: from the first character that can begin one, behind the first `Bearer `, wherever that is. */
function bearerToken(authorization: string | undefined): string | undefined {
  const [, ...behind] = authorization?.split('Bearer ') ?? [];
  if (behind.length === 0) return undefined;
  const text = behind.join('Bearer ');
  const start = text.search(/[\w.=-]/);
  return text.slice(Math.max(start, 0));
}

/** The tokens of a request: of the header `Authorization`, and the query parameter `access_token`. */
export function tokensOf(
  headers: ReadonlyMap<string, string>,
  query: URLSearchParams,
): string[] {
  return [
    bearerToken(headers.get('authorization')),
    query.get('access_token') ?? undefined,
  ].flatMap(token => (token === undefined ? [] : [token]));
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

/** Base64 may have white space within; it counts for nothing. */
const isBase64 = (part: string) => /^[\w\s-]+={0,2}$/.test(part);

const isText = (claim: unknown) => typeof claim === 'string';

/** What claims must be when they are there, in the order in which they are looked at. */
const claimTypes: [string, (claim: unknown) => boolean, string][] = [
  ['iss', isText, 'a string'],
  ['sub', isText, 'a string'],
  ...['iat', 'nbf', 'exp'].flatMap(
    (name): [string, (claim: unknown) => boolean, string][] => [
      [name, claim => typeof claim === 'number', 'an integer'],
      [name, claim => Number(claim) >= 0, 'a positive 64 bit integer'],
    ],
  ),
  ['jti', isText, 'a string'],
  [
    'aud',
    claim => isText(claim) || (Array.isArray(claim) && claim.every(isText)),
    'a string or string list',
  ],
];

function headerProblem({
  alg,
  kid,
}: Record<string, unknown>): string | undefined {
  if (typeof alg !== 'string')
    return 'Jwt header [alg] field is required and must be a string';
  if (!implemented.test(alg)) return 'Jwt header [alg] is not supported';
  return kid === undefined || isText(kid)
    ? undefined
    : 'Jwt header [kid] field is not a string';
}

function payloadProblem(payload: Record<string, unknown>): string | undefined {
  const wrong = claimTypes.find(
    ([name, fits]) => payload[name] !== undefined && !fits(payload[name]),
  );
  return wrong && `Jwt payload [${wrong[0]}] field is not ${wrong[2]}`;
}

function section(
  part: string,
  name: 'header' | 'payload',
): Record<string, unknown> | string {
  if (!isBase64(part)) return `Jwt ${name} is an invalid Base64url encoded`;
  return jsonObject(part) ?? `Jwt ${name} is an invalid JSON`;
}

/**
 * Reads a token without verifying it, or says in Envoy's words why it can't be read.
 *
 * Source: jwt_verify_lib (`Jwt::parseFromString`); words and order as Envoy 1.40.0 answers (`testdata/envoyReplies.json`).
 */
export function parseToken(token: string): ParsedToken | string {
  const parts = token.split('.');
  if (parts.length !== 3 || parts.includes(''))
    return 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections';
  const header = section(parts[0], 'header');
  if (typeof header === 'string') return header;
  const ofHeader = headerProblem(header);
  if (ofHeader !== undefined) return ofHeader;
  const payload = section(parts[1], 'payload');
  if (typeof payload === 'string') return payload;
  const ofPayload = payloadProblem(payload);
  if (ofPayload !== undefined) return ofPayload;
  return isBase64(parts[2])
    ? { header, payload, token }
    : 'Jwt signature is an invalid Base64url encoded';
}
