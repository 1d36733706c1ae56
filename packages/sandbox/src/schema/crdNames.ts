import { CrdNames, JsonObject } from '../api/seams';
import { StoredObject } from '../types';
import { asObject, asString, stringsOf } from './json';
import { crdSchemaErrors } from './crdSchema';

/**
 * The naming controller: which of its names a CustomResourceDefinition gets, given the others of its group, and the condition that says
 * so. Messages as apiextensions-apiserver's `naming_controller.go` words them.
 */
export function checkCrdNames(
  crd: StoredObject,
  others: readonly StoredObject[],
): CrdNames {
  const spec = asObject(crd.spec) ?? {};
  const wanted = asObject(spec.names) ?? {};
  const accepted = asObject(asObject(crd.status)?.acceptedNames) ?? {};
  const taken = takenNames(crd, others);
  const result: JsonObject = {};
  let problem: { reason: string; message: string } | undefined;

  const check = (
    field: 'plural' | 'singular' | 'kind' | 'listKind',
    names: ReadonlySet<string>,
    reason: string,
  ) => {
    const name = asString(wanted[field]);
    if (name === undefined) return;
    if (names.has(name)) {
      problem = {
        reason,
        message: `${JSON.stringify(name)} is already in use`,
      };
      if (accepted[field] !== undefined) result[field] = accepted[field];
    } else {
      result[field] = name;
    }
  };
  check('plural', taken.resources, 'PluralConflict');
  check('singular', taken.resources, 'SingularConflict');
  const conflicting = stringsOf(wanted.shortNames).filter(name =>
    taken.resources.has(name),
  );
  if (conflicting.length > 0) {
    problem = {
      reason: 'ShortNamesConflict',
      message: conflicting
        .map(name => `${JSON.stringify(name)} is already in use`)
        .join('\n'),
    };
    if (accepted.shortNames) result.shortNames = accepted.shortNames;
  } else if (wanted.shortNames) {
    result.shortNames = wanted.shortNames;
  }
  check('kind', taken.kinds, 'KindConflict');
  check('listKind', taken.kinds, 'ListKindConflict');
  if (wanted.categories) result.categories = wanted.categories;

  const conditions: CrdNames['conditions'] = [
    problem
      ? { type: 'NamesAccepted', status: 'False', ...problem }
      : {
          type: 'NamesAccepted',
          status: 'True',
          reason: 'NoConflicts',
          message: 'no conflicts found',
        },
  ];
  const violation = crdSchemaErrors(spec)[0];
  if (violation) {
    conditions.push({
      type: 'NonStructuralSchema',
      status: 'True',
      reason: 'Violations',
      message: `${violation.field}: ${violation.message}`,
    });
  }
  return { acceptedNames: { plural: '', kind: '', ...result }, conditions };
}

function takenNames(
  crd: StoredObject,
  others: readonly StoredObject[],
): { resources: ReadonlySet<string>; kinds: ReadonlySet<string> } {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  const group = asObject(crd.spec)?.group;
  for (const other of others) {
    if (other.metadata.name === crd.metadata.name) continue;
    if (asObject(other.spec)?.group !== group) continue;
    const names = asObject(asObject(other.status)?.acceptedNames) ?? {};
    for (const name of [names.plural, names.singular]) {
      if (typeof name === 'string' && name) resources.add(name);
    }
    for (const name of stringsOf(names.shortNames)) resources.add(name);
    for (const name of [names.kind, names.listKind]) {
      if (typeof name === 'string' && name) kinds.add(name);
    }
  }
  return { resources, kinds };
}
