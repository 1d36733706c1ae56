import { JsonObject, MergeSchema } from '../api/seams';
import { compare } from './compare';
import { FieldSet, difference, isEmpty, union } from './fieldSet';
import { Conflict } from './ownership';
import { isObject } from './structure';
import { toFieldSet } from './toFieldSet';

/*
 * The way from `kubectl apply` to `kubectl apply --server-side` (`lastappliedmanager.go` and `lastappliedupdater.go` of apimachinery): what
 * client-side apply wrote down in its annotation, and what still is so, belongs to kubectl. Only for the field manager `kubectl`.
 */

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
const MANAGER = 'kubectl';

function annotationOf(object: JsonObject): unknown {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const annotations = isObject(metadata.annotations)
    ? metadata.annotations
    : {};
  return annotations[ANNOTATION];
}

/** The fields that kubectl applied from the client's side and nobody has changed since; undefined when there are none. */
function ownedByClientSideApply(
  live: JsonObject,
  schema: MergeSchema,
): FieldSet | undefined {
  const annotation = annotationOf(live);
  if (typeof annotation !== 'string' || annotation === '') {
    return undefined;
  }
  let last: unknown;
  try {
    last = JSON.parse(annotation);
  } catch {
    return undefined;
  }
  if (!isObject(last) || last.apiVersion !== live.apiVersion) {
    return undefined;
  }
  const { added, modified, removed } = compare(last, live, schema);
  const different = union(added, union(modified, removed));
  return difference(toFieldSet(last, schema), different);
}

/** The conflicts that remain when kubectl applies over what it applied from the client's side. */
export function conflictsWithOthers(
  conflicts: readonly Conflict[],
  manager: string,
  live: JsonObject,
  schema: MergeSchema,
): readonly Conflict[] {
  if (conflicts.length === 0 || manager !== MANAGER) {
    return conflicts;
  }
  const own = ownedByClientSideApply(live, schema);
  return own === undefined
    ? conflicts
    : conflicts
        .map(({ owner, fields }) => ({
          owner,
          fields: difference(fields, own),
        }))
        .filter(({ fields }) => !isEmpty(fields));
}

/** Keeps the annotation in step when kubectl applies on the server, so that both ways can be gone. */
export function withLastApplied(
  result: JsonObject,
  applied: JsonObject,
  manager: string,
): JsonObject {
  if (manager !== MANAGER || annotationOf(result) === undefined) {
    return result;
  }
  const metadata = isObject(result.metadata) ? result.metadata : {};
  const annotations = isObject(metadata.annotations)
    ? metadata.annotations
    : {};
  return {
    ...result,
    metadata: {
      ...metadata,
      annotations: { ...annotations, [ANNOTATION]: lastAppliedOf(applied) },
    },
  };
}

/** What kubectl would write: the configuration without the annotation itself. */
function lastAppliedOf(applied: JsonObject): string {
  const metadata = isObject(applied.metadata) ? applied.metadata : {};
  const annotations = isObject(metadata.annotations)
    ? metadata.annotations
    : {};
  const { [ANNOTATION]: _, ...kept } = annotations;
  const config = { ...applied, metadata: { ...metadata, annotations: kept } };
  return `${JSON.stringify(config)}\n`;
}
