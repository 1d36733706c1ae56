import { goPattern, PatternError } from '../schema/goPattern';
import type { StoredObject } from '../types';
import { unknownFields, type KnownFields } from './unknownFields';

/** A value that a header gets. */
interface HeaderValue {
  name: string;
  value: string;
}

/** `spec.headers.earlyRequestHeaders` of a ClientTrafficPolicy. */
export interface EarlyRequestHeaders {
  set?: HeaderValue[];
  add?: HeaderValue[];
  addIfAbsent?: HeaderValue[];
  remove?: string[];
  removeOnMatch?: {
    type?: 'Exact' | 'Prefix' | 'Suffix' | 'RegularExpression';
    value: string;
  }[];
}

/** What a ClientTrafficPolicy says, as far as the sandbox does it. */
export interface ClientTraffic {
  earlyRequestHeaders?: EarlyRequestHeaders;
  /** Largest body that is held while it is looked at. */
  bufferLimitBytes: number;
}

/**
 * What Envoy Gateway gives a listener when nobody says otherwise (`tcpListenerPerConnectionBufferLimitBytes`,
 * `internal/xds/translator/listener.go`, v1.8.1). The AI gateway buffers bodies, so that prompts above it are refused with 413.
 */
const defaultBufferLimitBytes = 32_768;

const units: Record<string, number> = {
  '': 1,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  k: 1e3,
  M: 1e6,
  G: 1e9,
};

/** Bytes of a Kubernetes quantity; undefined when it is none the sandbox reads. */
export function bytesOf(quantity: string | number): number | undefined {
  const [, digits, unit] =
    /^(\d+)(Ki|Mi|Gi|k|M|G|)$/.exec(String(quantity)) ?? [];
  return digits === undefined ? undefined : Number(digits) * units[unit];
}

/** Patterns that aren't any to Go. Envoy Gateway passes them on, and what Envoy makes of its listener then was not tried. */
function unreadablePatterns(rules: EarlyRequestHeaders = {}): string[] {
  return (rules.removeOnMatch ?? []).flatMap(({ type, value }) => {
    if (type !== 'RegularExpression') return [];
    try {
      goPattern(value);
      return [];
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      return [value];
    }
  });
}

const known: KnownFields = {
  targetRef: true,
  targetRefs: true,
  headers: {
    earlyRequestHeaders: {
      set: true,
      add: true,
      addIfAbsent: true,
      remove: true,
      removeOnMatch: true,
    },
  },
  // `maxAcceptPerSocketEvent` is filled in by the schema; it says nothing about requests.
  connection: { bufferLimit: true, maxAcceptPerSocketEvent: true },
};

/** Fields of a policy that the sandbox doesn't know. */
export function unknownClientTraffic({ spec }: StoredObject): string[] {
  const { bufferLimit } = spec.connection ?? {};
  return [
    ...unknownFields(spec, known),
    ...(bufferLimit !== undefined && bytesOf(bufferLimit) === undefined
      ? ['connection.bufferLimit in this unit']
      : []),
    ...unreadablePatterns(spec.headers?.earlyRequestHeaders).map(
      pattern =>
        `headers.earlyRequestHeaders.removeOnMatch with the pattern ${pattern}`,
    ),
  ];
}

/** What a policy means for its listeners; none: Envoy Gateway's defaults. */
export function clientTrafficOf(
  policy: StoredObject | undefined,
): ClientTraffic {
  const limit: string | number | undefined =
    policy?.spec.connection?.bufferLimit;
  return {
    earlyRequestHeaders: policy?.spec.headers?.earlyRequestHeaders,
    bufferLimitBytes:
      (limit === undefined ? undefined : bytesOf(limit)) ??
      defaultBufferLimitBytes,
  };
}

function matches(
  name: string,
  { type = 'Exact', value }: { type?: string; value: string },
): boolean {
  const wanted = value.toLowerCase();
  switch (type) {
    case 'Prefix':
      return name.startsWith(wanted);
    case 'Suffix':
      return name.endsWith(wanted);
    case 'RegularExpression':
      return goPattern(value).testExact(name);
    default:
      return name === wanted;
  }
}

/** Changes request headers (lower-case names) before anything else sees them. */
export function applyEarlyHeaders(
  headers: Map<string, string>,
  rules: EarlyRequestHeaders | undefined,
): void {
  if (!rules) return;
  for (const { name, value } of rules.addIfAbsent ?? []) {
    if (!headers.has(name.toLowerCase()))
      headers.set(name.toLowerCase(), value);
  }
  for (const { name, value } of rules.add ?? []) {
    const before = headers.get(name.toLowerCase());
    headers.set(
      name.toLowerCase(),
      before === undefined ? value : `${before},${value}`,
    );
  }
  for (const { name, value } of rules.set ?? [])
    headers.set(name.toLowerCase(), value);
  for (const name of rules.remove ?? []) headers.delete(name.toLowerCase());
  for (const name of [...headers.keys()]) {
    if (rules.removeOnMatch?.some(rule => matches(name, rule)))
      headers.delete(name);
  }
}
