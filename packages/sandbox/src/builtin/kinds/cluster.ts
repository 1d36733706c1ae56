import { listAt, objectAt, stringAt } from '../../api/json';
import { JsonObject } from '../../api/seams';
import { crdChangeErrors, defaultCrd, validateCrd } from '../../schema';
import { forbidden } from '../../schema/fieldErrors';
import { ApiFailure } from '../../types';
import { AGE, BuiltinKind, Column, defineKind } from '../defineKind';

const CREATED: Column = {
  name: 'Created At',
  cell: object => object.metadata.creationTimestamp,
};

const customResourceDefinition = defineKind({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  clusterScoped: true,
  status: true,
  generation: true,
  deleteReturnsObject: true,
  default: defaultCrd,
  create: draft => {
    const stored = listAt(draft, 'spec', 'versions').find(
      version => objectAt(version).storage === true,
    );
    draft.status = {
      conditions: [],
      acceptedNames: { plural: '', kind: '' },
      ...(stored ? { storedVersions: [stringAt(stored, 'name')] } : {}),
    };
  },
  update: (draft, old, { subresource }) => {
    if (subresource !== 'status') {
      draft.status = withStoredVersion(draft, objectAt(old, 'status'));
    }
  },
  validate: (object, { subresource }) =>
    subresource ? [] : validateCrd(object),
  validateChange: crdChangeErrors,
  columns: [CREATED],
});

/** A version that objects are stored in from now on is added to those they may be stored in. */
function withStoredVersion(draft: JsonObject, status: JsonObject): JsonObject {
  const version = listAt(draft, 'spec', 'versions').find(
    item => objectAt(item).storage === true,
  );
  const name = stringAt(version, 'name');
  const stored = listAt(status, 'storedVersions');
  return name === undefined || stored.includes(name)
    ? status
    : { ...status, storedVersions: [...stored, name] };
}

const priorityClass = defineKind({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  clusterScoped: true,
  default: draft => {
    draft.preemptionPolicy ??= 'PreemptLowerPriority';
    draft.value ??= 0;
  },
  validateChange: (object, old) =>
    ['value', 'preemptionPolicy']
      .filter(field => object[field] !== old[field])
      .map(field => forbidden(field, 'may not be changed in an update.')),
  columns: [
    { name: 'Value', type: 'integer', cell: object => object.value },
    {
      name: 'Global-Default',
      type: 'boolean',
      cell: object => object.globalDefault === true,
    },
    AGE,
    { name: 'PreemptionPolicy', cell: object => object.preemptionPolicy },
  ],
});

/** Admission policies can be looked for but not made: the sandbox would not enforce them. */
const refuse: BuiltinKind['create'] = () => {
  throw new ApiFailure(
    501,
    'NotImplemented',
    'the sandbox does not enforce ValidatingAdmissionPolicies, so it does not take them',
  );
};

const validatingAdmissionPolicy = defineKind({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  categories: ['api-extensions'],
  clusterScoped: true,
  create: refuse,
});

const validatingAdmissionPolicyBinding = defineKind({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  categories: ['api-extensions'],
  clusterScoped: true,
  create: refuse,
});

/** Cluster-scoped kinds of the groups for extension and scheduling. */
export const clusterKinds = [
  customResourceDefinition,
  priorityClass,
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
];
