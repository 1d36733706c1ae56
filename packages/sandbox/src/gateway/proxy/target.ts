import { localReplies, type LocalReply } from './localReply';

/** A request's target as filters and routes see it. */
export interface Target {
  path: string;
  query: URLSearchParams;
  /** Path and query. */
  text: string;
  /** Host and port, of a target that names them. */
  authority?: string;
}

/** What a canonical path has as it is, though it came encoded (RFC 3986, unreserved). */
const UNRESERVED = /^[\w.~-]$/;

/** What a canonical path has encoded. */
const ENCODED = /["<>^`{|}]/g;

function canonicalPath(path: string): string {
  const decoded = path
    .replaceAll('\\', '/')
    .replace(/%([0-9a-f]{2})/gi, (escape, hex: string) => {
      const character = String.fromCharCode(parseInt(hex, 16));
      return UNRESERVED.test(character) ? character : escape;
    })
    .replace(
      ENCODED,
      character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const kept: string[] = [];
  const segments = decoded.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    if (segment === '..') kept.pop();
    if (segment !== '.' && segment !== '..') kept.push(segment);
    else if (index === segments.length - 1) kept.push('');
  }
  return withoutEmptySegments(`/${kept.join('/')}`);
}

/** Slashes are merged, but those of a path of nothing else. */
function withoutEmptySegments(path: string): string {
  if (!path.includes('//')) return path;
  const segments = path.split('/').filter(segment => segment !== '');
  return `/${segments.join('/')}${path.endsWith('/') ? '/' : ''}`;
}

const ABSOLUTE = /^https?:\/\/([\w.-]+(?::\d+)?)(\/.*|\?.*|)$/i;

/**
 * Reads a target as Envoy does before the first filter runs: dots, doubled slashes and needless escapes are gone, an escaped slash is answered with a
 * redirect. Otherwise an authorizer and the routes could take one target for two.
 *
 * Source: Envoy Gateway v1.8.1, `internal/xds/translator/listener.go` (`NormalizePath`, `MergeSlashes`, `UNESCAPE_AND_REDIRECT`); what Envoy 1.40.0 makes
 * of them was measured, and is in the tests.
 */
export function readTarget(target: string): Target | LocalReply {
  if (/[^\x21-\x7e]/.test(target)) return localReplies.badRequest;
  const [, authority, rest] = ABSOLUTE.exec(target) ?? [];
  const local = authority === undefined ? target : rest;
  const relative = local.startsWith('/') ? local : `/${local}`;
  if (authority === undefined && local !== relative)
    return localReplies.badRequest;
  const [, sent, search] = /^([^?]*)(.*)$/.exec(relative) ?? ['', '/', ''];
  if (relative.includes('#') || sent.includes('%00'))
    return localReplies.badPath;
  const unescaped = sent.replace(/%(?:2f|5c)/gi, '/');
  const path = canonicalPath(unescaped);
  const text = `${path}${search}`;
  if (unescaped !== sent) return { status: 307, headers: { location: text } };
  return { path, query: new URLSearchParams(search), text, authority };
}
