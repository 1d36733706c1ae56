import { equalJson, objectAt } from '../../api/json';
import { FieldError, JsonObject } from '../../api/seams';
import { invalid } from '../../schema/fieldErrors';
import { ApiFailure, StoredObject } from '../../types';
import { AGE, BuiltinKind, Column, defineKind } from '../defineKind';
import { defaultPodTemplate } from '../podDefaults';
import { containersOf, formatSelector, numberAt, textAt } from '../printing';
import { deploymentErrors, replicaSetErrors } from '../workloadValidation';

const CONTAINERS: Column = {
  name: 'Containers',
  wide: true,
  cell: object => containersOf(object, 'name'),
};
const IMAGES: Column = {
  name: 'Images',
  wide: true,
  cell: object => containersOf(object, 'image'),
};
const SELECTOR: Column = {
  name: 'Selector',
  wide: true,
  cell: object => formatSelector(objectAt(object, 'spec').selector),
};

function selectorChange(object: JsonObject, old: StoredObject): FieldError[] {
  const after = objectAt(object, 'spec').selector;
  return equalJson(after, objectAt(old, 'spec').selector)
    ? []
    : [invalid('spec.selector', after ?? null, 'field is immutable')];
}

function defaultDeployment(draft: JsonObject): void {
  const spec: JsonObject = { ...objectAt(draft, 'spec') };
  spec.replicas ??= 1;
  spec.template = defaultPodTemplate(spec.template);
  const strategy: JsonObject = {
    type: 'RollingUpdate',
    ...objectAt(spec, 'strategy'),
  };
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate = {
      maxUnavailable: '25%',
      maxSurge: '25%',
      ...objectAt(strategy, 'rollingUpdate'),
    };
  }
  spec.strategy = strategy;
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  draft.spec = spec;
}

/** Status is not checked for what concerns the spec. */
function specOnly(
  check: (object: JsonObject) => FieldError[],
): BuiltinKind['validate'] {
  return (object, { subresource }) =>
    subresource === 'status' ? [] : check(object);
}

const deployment = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  status: true,
  scale: true,
  generation: true,
  default: defaultDeployment,
  create: draft => {
    draft.status = {};
  },
  validate: specOnly(deploymentErrors),
  validateChange: selectorChange,
  columns: [
    {
      name: 'Ready',
      cell: object =>
        `${numberAt(object, 'status', 'readyReplicas')}/${numberAt(
          object,
          'spec',
          'replicas',
        )}`,
    },
    {
      name: 'Up-to-date',
      cell: object => numberAt(object, 'status', 'updatedReplicas'),
    },
    {
      name: 'Available',
      cell: object => numberAt(object, 'status', 'availableReplicas'),
    },
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
});

const replicaSet = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  status: true,
  scale: true,
  generation: true,
  default: draft => {
    const spec: JsonObject = { ...objectAt(draft, 'spec') };
    spec.replicas ??= 1;
    spec.template = defaultPodTemplate(spec.template);
    draft.spec = spec;
  },
  create: draft => {
    draft.status = { replicas: 0 };
  },
  validate: specOnly(replicaSetErrors),
  validateChange: selectorChange,
  fields: {
    'status.replicas': object => String(numberAt(object, 'status', 'replicas')),
  },
  columns: [
    { name: 'Desired', cell: object => numberAt(object, 'spec', 'replicas') },
    { name: 'Current', cell: object => numberAt(object, 'status', 'replicas') },
    {
      name: 'Ready',
      cell: object => numberAt(object, 'status', 'readyReplicas'),
    },
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
});

/** Kinds that are listed because clients look for them, but that nothing in the sandbox would run. */
function withoutController(kind: string): BuiltinKind['create'] {
  return () => {
    throw new ApiFailure(
      501,
      'NotImplemented',
      `the sandbox has no controller for ${kind} objects, so it does not take them; use a Deployment or a Job`,
    );
  };
}

const statefulSet = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  status: true,
  scale: true,
  generation: true,
  create: withoutController('StatefulSet'),
  columns: [
    {
      name: 'Ready',
      cell: object =>
        `${numberAt(object, 'status', 'readyReplicas')}/${numberAt(
          object,
          'spec',
          'replicas',
        )}`,
    },
    AGE,
    CONTAINERS,
    IMAGES,
  ],
});

const daemonSet = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  status: true,
  generation: true,
  create: withoutController('DaemonSet'),
  columns: [
    {
      name: 'Desired',
      cell: object => numberAt(object, 'status', 'desiredNumberScheduled'),
    },
    {
      name: 'Current',
      cell: object => numberAt(object, 'status', 'currentNumberScheduled'),
    },
    {
      name: 'Ready',
      cell: object => numberAt(object, 'status', 'numberReady'),
    },
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
});

const controllerRevision = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  create: withoutController('ControllerRevision'),
  columns: [
    {
      name: 'Controller',
      cell: object => textAt(object.metadata.ownerReferences?.[0], ['name']),
    },
    { name: 'Revision', cell: object => String(object.revision ?? '') },
    AGE,
  ],
});

/** The kinds of `apps/v1`. */
export const workloadKinds = [
  deployment,
  replicaSet,
  statefulSet,
  daemonSet,
  controllerRevision,
];
