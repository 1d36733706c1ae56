import { MergeSchema } from '../api/seams';

const SCALAR: MergeSchema = { type: 'scalar' };
const STRINGS: MergeSchema = { type: 'object', values: SCALAR };

/** `metadata`, with the list types of apimachinery's ObjectMeta. */
export const OBJECT_META: MergeSchema = {
  type: 'object',
  fields: {
    name: SCALAR,
    generateName: SCALAR,
    namespace: SCALAR,
    selfLink: SCALAR,
    uid: SCALAR,
    resourceVersion: SCALAR,
    generation: SCALAR,
    creationTimestamp: SCALAR,
    deletionTimestamp: SCALAR,
    deletionGracePeriodSeconds: SCALAR,
    labels: STRINGS,
    annotations: STRINGS,
    finalizers: {
      type: 'list',
      listType: 'set',
      items: SCALAR,
      patchStrategy: 'merge',
    },
    ownerReferences: {
      type: 'list',
      listType: 'map',
      listKeys: ['uid'],
      patchStrategy: 'merge',
      patchMergeKey: 'uid',
      items: {
        type: 'object',
        atomic: true,
        fields: {
          apiVersion: SCALAR,
          kind: SCALAR,
          name: SCALAR,
          uid: SCALAR,
          controller: SCALAR,
          blockOwnerDeletion: SCALAR,
        },
      },
    },
    managedFields: { type: 'list', listType: 'atomic' },
  },
};

const completed = new WeakMap<MergeSchema, MergeSchema>();

/** The schema of a whole object may lack `metadata`; it is the same for every kind. */
export function withMetadata(schema: MergeSchema): MergeSchema {
  if (
    schema.type !== 'object' ||
    schema.fields?.metadata?.fields !== undefined
  ) {
    return schema;
  }
  let complete = completed.get(schema);
  if (complete === undefined) {
    complete = {
      ...schema,
      fields: {
        apiVersion: SCALAR,
        kind: SCALAR,
        ...schema.fields,
        metadata: OBJECT_META,
      },
    };
    completed.set(schema, complete);
  }
  return complete;
}
