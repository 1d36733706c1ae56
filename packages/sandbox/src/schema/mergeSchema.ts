import { MergeSchema } from '../api/seams';
import { SchemaNode } from './schemaNode';

const scalar: MergeSchema = { type: 'scalar' };
const deduced: MergeSchema = { type: 'deduced' };
const stringMap: MergeSchema = { type: 'object', values: scalar };

/** ObjectMeta as structured-merge-diff knows it. */
const metadata: MergeSchema = {
  type: 'object',
  fields: {
    annotations: stringMap,
    creationTimestamp: scalar,
    deletionGracePeriodSeconds: scalar,
    deletionTimestamp: scalar,
    finalizers: { type: 'list', listType: 'set', items: scalar },
    generateName: scalar,
    generation: scalar,
    labels: stringMap,
    managedFields: {
      type: 'list',
      listType: 'atomic',
      items: { type: 'object', atomic: true },
    },
    name: scalar,
    namespace: scalar,
    ownerReferences: {
      type: 'list',
      listType: 'map',
      listKeys: ['uid'],
      items: {
        type: 'object',
        atomic: true,
        fields: {
          apiVersion: scalar,
          blockOwnerDeletion: scalar,
          controller: scalar,
          kind: scalar,
          name: scalar,
          uid: scalar,
        },
      },
    },
    resourceVersion: scalar,
    selfLink: scalar,
    uid: scalar,
  },
};

/** How objects of a schema are merged by server-side apply: its list types, map types and defaults of list keys. */
export function mergeSchemaOf(node: SchemaNode): MergeSchema {
  if (node.intOrString) return scalar;
  const type = node.types[0];
  if (type === 'array') {
    return {
      type: 'list',
      listType: listTypeOf(node),
      listKeys: node.listType === 'map' ? node.listKeys : undefined,
      listKeyDefaults: keyDefaults(node),
      items: node.items ? mergeSchemaOf(node.items) : deduced,
    };
  }
  if (type === 'object' || (type === undefined && node.hasProperties)) {
    return objectSchema(node);
  }
  return type === undefined ? deduced : scalar;
}

function objectSchema(node: SchemaNode): MergeSchema {
  const names = node.propertyNames;
  if (
    names.length === 0 &&
    !node.additional &&
    !node.isRoot &&
    !node.embedded &&
    node.preserveUnknown
  ) {
    return node.mapType === 'atomic'
      ? { type: 'object', atomic: true, values: deduced }
      : deduced;
  }
  const fields: Record<string, MergeSchema> = {};
  for (const name of names) {
    const child = node.property(name);
    if (child) fields[name] = mergeSchemaOf(child);
  }
  if (node.isRoot || node.embedded) {
    fields.apiVersion = scalar;
    fields.kind = scalar;
    fields.metadata = metadata;
  }
  let values: MergeSchema | undefined;
  if (node.additional) values = mergeSchemaOf(node.additional);
  else if (node.preserveUnknown) values = deduced;
  return { type: 'object', atomic: node.mapType === 'atomic', fields, values };
}

function listTypeOf(node: SchemaNode): 'atomic' | 'set' | 'map' {
  return node.listType === 'set' || node.listType === 'map'
    ? node.listType
    : 'atomic';
}

function keyDefaults(
  node: SchemaNode,
): { readonly [key: string]: unknown } | undefined {
  if (node.listType !== 'map') return undefined;
  const defaults = (node.items?.defaults ?? []).filter(([name]) =>
    node.listKeys.includes(name),
  );
  return defaults.length > 0 ? Object.fromEntries(defaults) : undefined;
}
