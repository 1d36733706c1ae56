import type { JSONWebKeySet } from 'jose';
import type { Clock } from '../../world/clock';

/** Keys fetched, or on their way. */
interface Entry {
  keys: Promise<JSONWebKeySet | undefined>;
  last?: JSONWebKeySet;
  staleAtMs: number;
}

/** Time limit of one fetch (`defaultExtServiceRequestTimeout`, Envoy Gateway v1.8.1). */
const fetchTimeoutMs = 10_000;

/** Wait after a fetch that failed (Envoy, `JwksAsyncFetch.failed_refetch_duration`). */
const failedRefetchMs = 1000;

/**
 * Key sets by address. They are fetched again when they are older than the policy's `cacheDuration`, and kept when that fails. An unknown
 * `kid` fetches nothing: Envoy doesn't either, as Envoy Gateway 1.8 sets it up (no `refetch_jwks_on_kid_mismatch` in
 * `internal/xds/translator/jwt.go`), so that a token of a new key is refused until the old set has expired.
 */
export class JwksCache {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The key set at an address; undefined while it was never fetched with success. */
  get(uri: string, cacheMs: number): Promise<JSONWebKeySet | undefined> {
    const known = this.#entries.get(uri);
    if (known && known.staleAtMs > this.#clock.now()) return known.keys;
    const entry: Entry = {
      keys: Promise.resolve(known?.last),
      last: known?.last,
      staleAtMs: Infinity,
    };
    entry.keys = fetchKeys(uri).then(fetched => {
      entry.staleAtMs =
        this.#clock.now() + (fetched ? cacheMs : failedRefetchMs);
      entry.last = fetched ?? entry.last;
      return entry.last;
    });
    this.#entries.set(uri, entry);
    return entry.keys;
  }
}

async function fetchKeys(uri: string): Promise<JSONWebKeySet | undefined> {
  try {
    const response = await fetch(uri, {
      signal: AbortSignal.timeout(fetchTimeoutMs),
    });
    if (!response.ok) return undefined;
    return parseKeys(await response.text());
  } catch {
    return undefined;
  }
}

/** A key set from text, or nothing if it is none. */
export function parseKeys(text: string): JSONWebKeySet | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('keys' in parsed))
      return undefined;
    const { keys } = parsed;
    return Array.isArray(keys) ? { keys } : undefined;
  } catch {
    return undefined;
  }
}
