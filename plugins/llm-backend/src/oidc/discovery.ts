import { textAt } from '../models/json';

const TIMEOUT_MS = 10_000;

/** Fetches a JSON document. */
export type FetchJson = (url: string, signal: AbortSignal) => Promise<unknown>;

/**
 * Where an issuer keeps its keys, by its discovery document. Any provider works, because nothing is guessed from the issuer's URL.
 *
 * Source: OpenID Connect Discovery 1.0, section 4.
 *
 * @throws Error when the document can't be had, is about another issuer or names no keys
 */
export async function discoverKeys(
  issuer: string,
  fetchDocument: (url: string) => Promise<unknown>,
): Promise<string> {
  const url = `${withoutSlash(issuer)}/.well-known/openid-configuration`;
  const document = await fetchDocument(url);
  const stated = textAt(document, 'issuer');
  if (stated === undefined || withoutSlash(stated) !== withoutSlash(issuer)) {
    throw new Error(
      `${url} is about the issuer ${stated}: correct the setting of the issuer's URL`,
    );
  }
  const jwksUri = textAt(document, 'jwks_uri');
  if (!jwksUri) {
    throw new Error(`${url} names no jwks_uri`);
  }
  return jwksUri;
}

/** Fetches over HTTP unless told otherwise, for at most 10 s and until `stopping` aborts. */
export function fetcher(
  stopping: AbortSignal,
  fetchJson: FetchJson = fetchOverHttp,
): (url: string) => Promise<unknown> {
  return url =>
    fetchJson(
      url,
      AbortSignal.any([stopping, AbortSignal.timeout(TIMEOUT_MS)]),
    );
}

/** Why something failed, in words: `fetch` hides the reason in `cause`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const { cause } = error;
  return cause instanceof Error && cause.message
    ? `${error.message}: ${cause.message}`
    : error.message;
}

async function fetchOverHttp(
  url: string,
  signal: AbortSignal,
): Promise<unknown> {
  const response = await fetch(url, {
    signal,
    headers: { accept: 'application/json' },
  });
  if (!response.ok) {
    throw new Error(`${url} answered ${response.status}`);
  }
  return response.json();
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
