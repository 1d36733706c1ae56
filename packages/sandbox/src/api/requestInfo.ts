import { badRequest } from './failures';

/** Verb of a request on a resource, as RBAC names it. */
export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection';

/** A request on a resource. */
export interface ResourceRequest {
  isResource: true;
  verb: Verb;
  group: string;
  version: string;
  plural: string;
  namespace?: string;
  name?: string;
  subresource?: string;
  /** What follows the subresource (proxy paths). */
  rest: string[];
}

/** A request on anything else: discovery, health … */
export interface PathRequest {
  isResource: false;
  verb: string;
  path: string;
}

/** What a request is about, read from method, path and query alone (as the real server's RequestInfo). */
export type RequestInfo = ResourceRequest | PathRequest;

const isTrue = (value: string | null): boolean =>
  value === 'true' || value === '1';

function verbOf(
  method: string,
  name: string | undefined,
  query: URLSearchParams,
): Verb | undefined {
  switch (method) {
    case 'GET':
    case 'HEAD': {
      if (isTrue(query.get('watch'))) return 'watch';
      return name ? 'get' : 'list';
    }
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name ? 'delete' : 'deletecollection';
    default:
      return undefined;
  }
}

/** @throws ApiFailure 400 */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest(
      `the path holds ${JSON.stringify(part)}, which is not URL-encoded`,
    );
  }
}

/** Reads what a request is about. `query` may be changed: the deprecated `/watch/` paths become their modern form. */
export function requestInfo(
  method: string,
  path: string,
  query: URLSearchParams,
): RequestInfo {
  const other: PathRequest = {
    isResource: false,
    verb: method.toLowerCase(),
    path,
  };
  const [root, ...parts] = path.split('/').slice(1).map(decode);
  while (parts.length > 0 && parts[parts.length - 1] === '') parts.pop();
  if (root !== 'api' && root !== 'apis') return other;
  if (parts.length < (root === 'apis' ? 3 : 2)) return other;
  const group = root === 'apis' ? parts.shift() ?? '' : '';
  const version = parts.shift() ?? '';
  if (parts[0] === 'watch' && parts.length > 1) {
    parts.shift();
    query.set('watch', 'true');
  }
  let namespace: string | undefined;
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1];
    // /namespaces/x and /namespaces/x/status are about the namespace, the rest about what is in it
    if (parts.length > 2 && parts[2] !== 'status' && parts[2] !== 'finalize')
      parts.splice(0, 2);
  }
  const [plural, name, subresource, ...rest] = parts;
  const verb = verbOf(method, name, query);
  if (!verb) return other;
  if (verb === 'watch' && name)
    query.set('fieldSelector', `metadata.name=${name}`);
  return {
    isResource: true,
    verb,
    group,
    version,
    plural,
    namespace,
    name,
    subresource,
    rest,
  };
}
