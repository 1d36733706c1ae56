import { MergeSchema } from '../../api/seams';
import { OBJECT_META } from '../../apply';
import { FieldType, Patch, StructType } from './parseTypes';
import { types } from '.';

const SCALAR: MergeSchema = { type: 'scalar' };
const DEDUCED: MergeSchema = { type: 'deduced' };

/** Keys of lists that are filled in before elements are told apart. */
const KEY_DEFAULTS = { protocol: 'TCP' };

const STRATEGIES: Record<string, MergeSchema['patchStrategy']> = {
  merge: 'merge',
  retainKeys: 'retainKeys',
  'merge,retainKeys': 'merge,retainKeys',
};

const built = new Map<string, MergeSchema>();

/** The merge schema of a struct: what server-side apply and strategic merge patch need to know of it. Structs may contain themselves. */
export function mergeSchemaOf(name: string): MergeSchema {
  if (name === 'ObjectMeta') {
    return OBJECT_META;
  }
  const known = built.get(name);
  if (known !== undefined) {
    return known;
  }
  const struct = types.get(name);
  if (struct === undefined) {
    throw new Error(`No type ${name} in the table of built-in types`);
  }
  const fields: Record<string, MergeSchema> = {};
  const schema: MergeSchema = { type: 'object', atomic: struct.atomic, fields };
  built.set(name, schema);
  fillFields(fields, struct);
  return schema;
}

function fillFields(
  fields: Record<string, MergeSchema>,
  struct: StructType,
): void {
  for (const [field, type] of struct.fields) {
    fields[field] = schemaOf(type);
  }
}

function schemaOf(type: FieldType): MergeSchema {
  switch (type.type) {
    case 'scalar':
      return SCALAR;
    case 'struct':
      return withPatch(mergeSchemaOf(type.name), type.patch);
    case 'map':
      return {
        type: 'object',
        atomic: type.atomic,
        values: schemaOf(type.values),
      };
    case 'list':
      return withPatch(listSchema(type), type.patch);
    default:
      return DEDUCED;
  }
}

function listSchema(type: FieldType & { type: 'list' }): MergeSchema {
  const items = schemaOf(type.items);
  if (type.set) {
    return { type: 'list', listType: 'set', items };
  }
  if (type.keys.length === 0) {
    return { type: 'list', listType: 'atomic', items };
  }
  return {
    type: 'list',
    listType: 'map',
    listKeys: type.keys,
    listKeyDefaults: type.keys.includes('protocol') ? KEY_DEFAULTS : undefined,
    items,
  };
}

function withPatch(schema: MergeSchema, patch: Patch | undefined): MergeSchema {
  if (patch === undefined) {
    return schema;
  }
  const strategies = [
    ...(patch.merge ? ['merge'] : []),
    ...(patch.retainKeys ? ['retainKeys'] : []),
  ];
  return {
    ...schema,
    patchStrategy: STRATEGIES[strategies.join(',')],
    patchMergeKey: patch.key,
  };
}
