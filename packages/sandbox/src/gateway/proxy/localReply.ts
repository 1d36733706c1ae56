/** An answer that the gateway makes itself. */
export interface LocalReply {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

const text = (status: number, body: string): LocalReply => ({
  status,
  headers: { 'content-type': 'text/plain' },
  body,
});

/**
 * What Envoy answers by itself. Statuses and texts were taken from a real Envoy 1.40.0 (`testdata/envoyReplies.json`), except where said
 * otherwise. None has a `server` or an `x-envoy-…` header: Envoy Gateway v1.8.1 has Envoy pass on what upstreams say, and no more
 * (`PASS_THROUGH` and `suppressEnvoyHeaders` in what it translates, `packages/envoy-proof/testdata`).
 */
export const localReplies = {
  /** What the server can't read as a request, and headers with underscores (Envoy Gateway's `REJECT_REQUEST`). */
  badRequest: text(400, 'Bad Request'),
  /** A path with a fragment or a zero byte. */
  badPath: { status: 400 },
  accessDenied: text(403, 'RBAC: access denied'),
  /** No virtual host, or no route in it. */
  notFound: { status: 404 },
  /** Direct response of routes whose policy is refused (Envoy Gateway), and an endpoint picker that can't be reached. */
  internalError: { status: 500 },
  noHealthyUpstream: text(503, 'no healthy upstream'),
  connectionRefused: text(
    503,
    'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure',
  ),
  requestTimeout: text(504, 'upstream request timeout'),
  payloadTooLarge: text(413, 'Payload Too Large'),
  /** Envoy's api_key_auth filter. */
  apiKeyMissing: text(401, 'Client authentication failed.'),
} satisfies Record<string, LocalReply>;

/** The refusal of everything that a real gateway would do and this one doesn't. */
export function notEvaluated(what: string): LocalReply {
  return text(
    501,
    `Not evaluated: the sandbox's gateway does not know ${what}.`,
  );
}

/** Longest path, with its query, in a challenge. */
const longestPath = 256;

/** Why a JWT is refused, with the status and the challenge that Envoy sends along. `path`: with its query. */
export function jwtRefused(
  reason: string,
  origin: string,
  path: string,
): LocalReply {
  const realm = `${origin}${path.slice(0, longestPath)}`;
  const error = reason === 'Jwt is missing' ? '' : ', error="invalid_token"';
  return {
    status: reason === 'Audiences in Jwt are not allowed' ? 403 : 401,
    headers: {
      'content-type': 'text/plain',
      'www-authenticate': `Bearer realm="${realm}"${error}`,
    },
    body: reason,
  };
}
