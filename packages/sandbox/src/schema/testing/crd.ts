import { JsonObject, ServedKind } from '../../api/seams';
import { StoredObject } from '../../types';
import { compileCrd } from '../compileCrd';
import { defaultCrd } from '../crdDefaults';

/** A CustomResourceDefinition of kind Thing with this schema of `spec`, defaulted. */
export function thingCrd(
  spec: JsonObject,
  version: JsonObject = {},
): StoredObject {
  const crd: StoredObject = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: 'things.example.com',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'things', kind: 'Thing' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec,
                status: {
                  type: 'object',
                  'x-kubernetes-preserve-unknown-fields': true,
                },
              },
            },
          },
          subresources: { status: {} },
          ...version,
        },
      ],
    },
  };
  defaultCrd(crd);
  return crd;
}

/** The compiled kind Thing with this schema of `spec`. */
export function thingKind(
  spec: JsonObject,
  version: JsonObject = {},
): ServedKind {
  return compileCrd(thingCrd(spec, version))[0];
}

/** A Thing with this `spec`. */
export function thing(spec: unknown): StoredObject {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    metadata: {
      name: 'a',
      uid: 'u',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec,
  };
}

const context = {
  now: '2026-01-01T00:00:00Z',
  user: { name: 'u', groups: [] },
};

/** What creating a Thing with this `spec` is refused for, as the server lists it. */
export function refusals(kind: ServedKind, spec: unknown): string[] {
  return kind
    .validateCreate(thing(spec), context)
    .map(error => `${error.field}: ${error.message}`);
}

/** What changing `old` to `spec` is refused for. */
export function changeRefusals(
  kind: ServedKind,
  old: unknown,
  spec: unknown,
): string[] {
  return kind
    .validateUpdate(thing(spec), thing(old), context)
    .map(error => `${error.field}: ${error.message}`);
}
