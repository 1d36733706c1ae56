import type { SecuritySpec } from '../security';

function cookie(
  headers: ReadonlyMap<string, string>,
  name: string,
): string | undefined {
  for (const pair of (headers.get('cookie') ?? '').split(';')) {
    const [key, ...value] = pair.trim().split('=');
    if (key === name) return value.join('=');
  }
  return undefined;
}

/** The key of a request, from the first place that has one. An empty one is none. */
function keyOf(
  { extractFrom }: NonNullable<SecuritySpec['apiKeyAuth']>,
  headers: ReadonlyMap<string, string>,
  query: URLSearchParams,
): string | undefined {
  for (const {
    headers: names = [],
    params = [],
    cookies = [],
  } of extractFrom) {
    for (const name of names) {
      const value = headers.get(name.toLowerCase())?.replace(/^Bearer /, '');
      if (value) return value;
    }
    for (const name of params) {
      const value = query.get(name);
      if (value) return value;
    }
    for (const name of cookies) {
      const value = cookie(headers, name);
      if (value) return value;
    }
  }
  return undefined;
}

/**
 * Finds out whose key a request carries, and puts the client's id where the policy wants it. `false`: nobody's.
 *
 * Source: `facts/upstream-kinds.md` §3; Envoy's api_key_auth filter, as a real Envoy 1.40.0 answers (`testdata/envoyReplies.json`).
 */
export function authenticateByKey(
  auth: NonNullable<SecuritySpec['apiKeyAuth']>,
  clientIdByKey: ReadonlyMap<string, string>,
  headers: Map<string, string>,
  query: URLSearchParams,
): boolean {
  const key = keyOf(auth, headers, query);
  const clientId = key === undefined ? undefined : clientIdByKey.get(key);
  if (clientId === undefined) return false;
  if (auth.forwardClientIDHeader)
    headers.set(auth.forwardClientIDHeader.toLowerCase(), clientId);
  if (auth.sanitize) {
    for (const name of auth.extractFrom.flatMap(source => source.headers ?? []))
      headers.delete(name.toLowerCase());
  }
  return true;
}
