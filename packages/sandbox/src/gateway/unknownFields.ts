/**
 * What is known of an object: a field's own fields, or `true` for all of it. Lists are known by their items. A field that is not named here
 * is not known, so that what a newer definition brings is refused until somebody has looked at it.
 */
export interface KnownFields {
  readonly [field: string]: true | KnownFields;
}

/** Fields of a reference to a backend that the proxy goes by; with filters it would do less than is asked. */
export const knownOfBackendRefs: KnownFields = {
  group: true,
  kind: true,
  name: true,
  namespace: true,
  port: true,
  weight: true,
};

function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null;
}

/** Paths of the fields of a value that are not known. Empty lists count as absent. */
export function unknownFields(
  value: unknown,
  known: KnownFields,
  prefix = '',
): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, below]): string[] => {
    if (!isSet(below)) return [];
    const path = `${prefix}${field}`;
    if (!Object.hasOwn(known, field)) return [path];
    const inner = known[field];
    if (inner === true) return [];
    const found = Array.isArray(below)
      ? below.flatMap(item => unknownFields(item, inner, `${path}[].`))
      : unknownFields(below, inner, `${path}.`);
    return [...new Set(found)];
  });
}
