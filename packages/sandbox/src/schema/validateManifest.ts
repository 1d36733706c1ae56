import { FieldError, JsonObject, ServedKind } from '../api/seams';
import { compileCrd } from './compileCrd';
import { defaultCrd } from './crdDefaults';
import { asObject, asString, isObject } from './json';
import { validateCrd } from './validateCrd';

/** One thing that an API server would refuse, or drop with a warning, about a manifest. */
export type Violation = FieldError;

/** What is wrong with a manifest; empty when an API server takes it as it is. */
export type ManifestValidator = (manifest: JsonObject) => Violation[];

/**
 * A check of manifests against CustomResourceDefinitions, without a server: unknown fields, structure, and CEL rules after defaulting.
 * A kind or version that no definition serves is a violation, too. Transition rules, which need a stored object, do not run.
 *
 * @param crds - as in their YAML files; each kind once
 * @throws Error for a definition that a server would refuse, or a kind that two definitions serve
 */
export function createManifestValidator(
  crds: Iterable<unknown>,
): ManifestValidator {
  const kinds = new Map<string, ServedKind>();
  for (const crd of crds) {
    for (const kind of kindsOf(crd)) {
      const key = `${kind.group}/${kind.version} ${kind.kind}`;
      if (kinds.has(key)) {
        throw new Error(`two CustomResourceDefinitions serve ${key}`);
      }
      kinds.set(key, kind);
    }
  }
  return manifest => {
    const key = `${manifest.apiVersion} ${manifest.kind}`;
    const kind = kinds.get(key);
    return kind
      ? violations(kind, manifest)
      : [
          {
            reason: 'FieldValueInvalid',
            field: 'kind',
            message: `no CustomResourceDefinition serves ${key}`,
          },
        ];
  };
}

function kindsOf(crd: unknown): ServedKind[] {
  const draft = asObject(structuredClone(crd)) ?? {};
  // Nothing is converted here.
  if (isObject(draft.spec)) delete draft.spec.conversion;
  defaultCrd(draft);
  const errors = validateCrd(draft);
  if (errors.length > 0) {
    const name = asString(asObject(draft.metadata)?.name);
    throw new Error(
      `CustomResourceDefinition ${name} is invalid: ${errors
        .map(error => `${error.field}: ${error.message}`)
        .join(', ')}`,
    );
  }
  const metadata = asObject(draft.metadata) ?? {};
  return compileCrd({
    ...draft,
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: asString(metadata.name) ?? '',
      uid: '',
      resourceVersion: '',
      creationTimestamp: '',
    },
  });
}

function violations(kind: ServedKind, manifest: JsonObject): Violation[] {
  const { object, unknownFields } = kind.decode(manifest);
  const draft = structuredClone(object);
  kind.default(draft);
  const found: Violation[] = unknownFields.map(field => ({
    reason: 'FieldValueForbidden',
    field,
    message: `unknown field ${JSON.stringify(field)}`,
  }));
  const metadata = isObject(manifest.metadata) ? manifest.metadata : {};
  if (!metadata.name && !metadata.generateName) {
    found.push({
      reason: 'FieldValueRequired',
      field: 'metadata.name',
      message: 'Required value: name or generateName is required',
    });
  }
  const context = {
    now: '1970-01-01T00:00:00Z',
    user: { name: 'manifest', groups: [] },
  };
  return [...found, ...kind.validateCreate(draft, context)];
}
