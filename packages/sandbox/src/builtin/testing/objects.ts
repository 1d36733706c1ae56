import {
  FieldError,
  JsonObject,
  ServedKind,
  WriteContext,
} from '../../api/seams';
import { StoredObject } from '../../types';
import { builtinKinds } from '..';

/** A request of nobody in particular. */
export const context: WriteContext = {
  now: '2026-01-01T00:00:00Z',
  user: { name: 'test', groups: [] },
};

/** A built-in kind; the first of the name when no group is given. */
export function kindOf(kind: string, group?: string): ServedKind {
  const found = builtinKinds.find(
    item => item.kind === kind && (group === undefined || item.group === group),
  );
  if (found === undefined) {
    throw new Error(`no kind ${kind}`);
  }
  return found;
}

/** What a create makes of an object, and what is wrong with it. */
export function create(
  kind: ServedKind,
  input: JsonObject,
): { draft: JsonObject; errors: FieldError[] } {
  const draft: JsonObject = {
    ...kind.decode(input).object,
    metadata: { name: 'x', namespace: 'n', uid: 'u-1', ...metadataOf(input) },
  };
  kind.default(draft);
  kind.prepareCreate(draft, context);
  return { draft, errors: kind.validateCreate(draft, context) };
}

function metadataOf(input: JsonObject): JsonObject {
  return { ...(typeof input.metadata === 'object' ? input.metadata : {}) };
}

/** An object as it is stored. */
export function stored(draft: JsonObject): StoredObject {
  const metadata = {
    name: 'x',
    uid: 'u-1',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...metadataOf(draft),
  };
  return { apiVersion: 'v1', kind: 'X', ...draft, metadata };
}

/** Errors of an update with these fields changed. */
export function change(
  kind: ServedKind,
  input: JsonObject,
  changes: JsonObject,
): FieldError[] {
  const old = stored(create(kind, input).draft);
  const draft = structuredClone({ ...old, ...changes });
  kind.default(draft);
  kind.prepareUpdate(draft, old, context);
  return kind.validateUpdate(draft, old, context);
}

/** The smallest pod that is accepted. */
export const pod = {
  spec: { containers: [{ name: 'main', image: 'example.com/app:1' }] },
};
/** The smallest template of pods. */
export const template = { metadata: { labels: { app: 'x' } }, ...pod };
/** The smallest Deployment that is accepted. */
export const deployment = {
  spec: { selector: { matchLabels: { app: 'x' } }, template },
};
