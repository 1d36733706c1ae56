import {
  FieldError,
  JsonObject,
  MergeSchema,
  ServedKind,
  Subresource,
  WriteContext,
} from '../api/seams';
import { StoredObject } from '../types';
import { fillDefaults } from './defaults';
import { invalid } from './fieldErrors';
import {
  asObject,
  asString,
  isObject,
  jsonEqual,
  objectsOf,
  stringsOf,
} from './json';
import { fieldNames, jsonPath } from './jsonPath';
import { mergeSchemaOf } from './mergeSchema';
import { printerOf } from './printerColumns';
import { prune } from './prune';
import { SchemaNode } from './schemaNode';
import { validateObject } from './validateObject';

/** In the order in which discovery lists them for custom resources. */
const verbs = [
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'create',
  'update',
  'watch',
];
const subresourceVerbs = ['get', 'patch', 'update'];

/** The served versions of a CustomResourceDefinition, ready for requests. Schemas are compiled when the first value meets them. */
export function compileCrd(crd: StoredObject): ServedKind[] {
  const spec = asObject(crd.spec) ?? {};
  return objectsOf(spec.versions)
    .filter(version => version.served === true)
    .map(version => servedKind(spec, version));
}

function servedKind(spec: JsonObject, version: JsonObject): ServedKind {
  const names = asObject(spec.names) ?? {};
  const group = asString(spec.group) ?? '';
  const kind = asString(names.kind) ?? '';
  const versionName = asString(version.name) ?? '';
  const schema = asObject(asObject(version.schema)?.openAPIV3Schema) ?? {};
  const root = new SchemaNode(schema, true);
  const subresources = asObject(version.subresources) ?? {};
  const hasStatus = isObject(subresources.status);
  const scale = asObject(subresources.scale);
  const printer = printerOf(version);
  let mergeSchema: MergeSchema | undefined;

  const check = (object: JsonObject, old?: StoredObject): FieldError[] => [
    ...typeErrors(object, kind, `${group}/${versionName}`),
    ...scaleErrors(scale, object),
    ...validateObject(root, object, old),
  ];

  return {
    group,
    version: versionName,
    kind,
    listKind: asString(names.listKind) ?? `${kind}List`,
    plural: asString(names.plural) ?? '',
    singular: asString(names.singular) ?? kind.toLowerCase(),
    shortNames: stringsOf(names.shortNames),
    categories: stringsOf(names.categories),
    namespaced: spec.scope === 'Namespaced',
    verbs,
    subresources: subresourcesOf(hasStatus, scale !== undefined),
    storage: version.storage === true,
    deprecationWarning: deprecationOf(version, group, kind),
    decode: input => prune(root, input),
    default: draft => fillDefaults(root, draft),
    prepareCreate: draft => {
      if (hasStatus) delete draft.status;
      setGeneration(draft, 1);
    },
    prepareUpdate: (draft, old, context) =>
      prepareUpdate(draft, old, context, hasStatus),
    validateCreate: object => check(object),
    validateUpdate: (object, old) => check(object, old),
    selectableFields: selectableFields(version),
    columns: printer.columns,
    cells: (object, nowMs) => printer.cells(object, nowMs),
    get mergeSchema() {
      mergeSchema ??= mergeSchemaOf(root);
      return mergeSchema;
    },
    resetFields: subresource => {
      if (subresource === 'status') return [['spec'], ['metadata']];
      return hasStatus ? [['status']] : [];
    },
    strategicMerge: false,
    scale: scale && scalePaths(scale),
    openApiSchema: schema,
  };
}

function subresourcesOf(status: boolean, scale: boolean): Subresource[] {
  const list: Subresource[] = [];
  if (status) list.push({ name: 'status', verbs: subresourceVerbs });
  if (scale) {
    list.push({
      name: 'scale',
      responds: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      verbs: subresourceVerbs,
    });
  }
  return list;
}

function deprecationOf(
  version: JsonObject,
  group: string,
  kind: string,
): string | undefined {
  if (version.deprecated !== true) return undefined;
  return (
    asString(version.deprecationWarning) ??
    `${group}/${version.name} ${kind} is deprecated`
  );
}

function setGeneration(draft: JsonObject, generation: number): void {
  if (isObject(draft.metadata)) draft.metadata.generation = generation;
}

/** The strategies of apiextensions-apiserver: status and the rest do not change each other; the rest counts generations. */
function prepareUpdate(
  draft: JsonObject,
  old: StoredObject,
  context: WriteContext,
  hasStatus: boolean,
): void {
  const generation = old.metadata.generation ?? 1;
  if (context.subresource === 'status') {
    const { status } = draft;
    const metadata = asObject(draft.metadata) ?? {};
    for (const field of Object.keys(draft)) delete draft[field];
    Object.assign(draft, old, {
      metadata: { ...old.metadata, managedFields: metadata.managedFields },
    });
    if (status === undefined) delete draft.status;
    else draft.status = status;
    return;
  }
  if (hasStatus) {
    if (old.status === undefined) delete draft.status;
    else draft.status = old.status;
  }
  setGeneration(
    draft,
    sameButMetadata(draft, old) ? generation : generation + 1,
  );
}

function sameButMetadata(draft: JsonObject, old: StoredObject): boolean {
  const fields = new Set([...Object.keys(draft), ...Object.keys(old)]);
  fields.delete('metadata');
  return [...fields].every(field => jsonEqual(draft[field], old[field]));
}

function typeErrors(
  object: JsonObject,
  kind: string,
  apiVersion: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (object.kind !== kind) {
    errors.push(invalid('kind', object.kind, `must be ${kind}`));
  }
  if (object.apiVersion !== apiVersion) {
    errors.push(
      invalid('apiVersion', object.apiVersion, `must be ${apiVersion}`),
    );
  }
  return errors;
}

function scalePaths(scale: JsonObject): ServedKind['scale'] {
  const selector = asString(scale.labelSelectorPath);
  return {
    specReplicasPath: fieldNames(asString(scale.specReplicasPath) ?? ''),
    statusReplicasPath: fieldNames(asString(scale.statusReplicasPath) ?? ''),
    labelSelectorPath: selector ? fieldNames(selector) : undefined,
  };
}

function scaleErrors(
  scale: JsonObject | undefined,
  object: JsonObject,
): FieldError[] {
  if (!scale) return [];
  const errors: FieldError[] = [];
  for (const path of [scale.specReplicasPath, scale.statusReplicasPath]) {
    if (typeof path !== 'string') continue;
    const [replicas] = jsonPath(path)(object);
    if (typeof replicas === 'number' && replicas < 0) {
      errors.push(invalid(path, replicas, 'should be a non-negative integer'));
    }
  }
  return errors;
}

function selectableFields(version: JsonObject): ServedKind['selectableFields'] {
  const entries = objectsOf(version.selectableFields).flatMap(field => {
    const path = asString(field.jsonPath);
    if (!path) return [];
    const find = jsonPath(path);
    const read = (object: StoredObject): string => {
      const [value] = find(object);
      return ['string', 'number', 'boolean'].includes(typeof value)
        ? String(value)
        : '';
    };
    return [[path.replace(/^\./, ''), read] as const];
  });
  return Object.fromEntries(entries);
}
