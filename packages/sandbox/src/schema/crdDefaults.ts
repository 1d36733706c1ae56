import { JsonObject } from '../api/seams';
import { asList, asObject, asString, objectsOf, stringsOf } from './json';

/** Fills what a CustomResourceDefinition leaves out, as apiextensions-apiserver does: names, conversion, column priorities, `status`. */
export function defaultCrd(draft: JsonObject): void {
  const spec = asObject(draft.spec);
  if (!spec) return;
  const names = asObject(spec.names);
  const kind = asString(names?.kind) ?? '';
  if (names && kind) {
    names.singular ??= kind.toLowerCase();
    names.listKind ??= `${kind}List`;
  }
  spec.conversion ??= { strategy: 'None' };
  const conversion = asObject(spec.conversion);
  const service = asObject(
    asObject(asObject(conversion?.webhook)?.clientConfig)?.service,
  );
  if (service) service.port ??= 443;
  const storage = objectsOf(spec.versions).find(v => v.storage === true);
  const status = asObject(draft.status) ?? {};
  draft.status = {
    ...status,
    conditions: asList(status.conditions) ?? [],
    acceptedNames: asObject(status.acceptedNames) ?? { plural: '', kind: '' },
    storedVersions: stringsOf(status.storedVersions).length
      ? status.storedVersions
      : [storage?.name].filter(name => name !== undefined),
  };
}
