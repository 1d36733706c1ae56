import { equalJson, isObject, objectAt } from '../../api/json';
import { FieldError, JsonObject } from '../../api/seams';
import { invalid, notSupported, required } from '../../schema/fieldErrors';
import { ApiFailure, StoredObject } from '../../types';
import { AGE, BuiltinKind, Column, defineKind } from '../defineKind';
import { defaultPodTemplate } from '../podDefaults';
import { podSpecErrors } from '../podValidation';
import { containersOf, formatSelector, numberAt, textAt } from '../printing';
import { selectorMatches } from '../selectors';

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

/** Errors that all kinds with a selector and a pod template share. `restartPolicy` is checked by the caller's pod rules. */
function templateErrors(object: JsonObject): FieldError[] {
  const spec = objectAt(object, 'spec');
  const errors: FieldError[] = [];
  const replicas = spec.replicas;
  if (typeof replicas === 'number' && replicas < 0) {
    errors.push(
      invalid('spec.replicas', replicas, 'must be greater than or equal to 0'),
    );
  }
  const labels = objectAt(spec, 'template', 'metadata').labels;
  const selector = spec.selector;
  if (!isObject(selector)) {
    errors.push(required('spec.selector'));
  } else if (equalJson(selector, {})) {
    errors.push(
      invalid('spec.selector', {}, 'empty selector is invalid for deployment'),
    );
  }
  if (!isObject(selector) || !selectorMatches(selector, labels)) {
    errors.push(
      invalid(
        'spec.template.metadata.labels',
        labels ?? null,
        '`selector` does not match template `labels`',
      ),
    );
  }
  const podSpec = objectAt(spec, 'template', 'spec');
  errors.push(...podSpecErrors(podSpec, 'spec.template.spec'));
  if (['OnFailure', 'Never'].includes(String(podSpec.restartPolicy))) {
    errors.push(
      notSupported('spec.template.spec.restartPolicy', podSpec.restartPolicy, [
        'Always',
      ]),
    );
  }
  return errors;
}

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

function deploymentErrors(object: JsonObject): FieldError[] {
  const strategy = objectAt(object, 'spec', 'strategy');
  const errors = templateErrors(object);
  if (!['Recreate', 'RollingUpdate'].includes(String(strategy.type))) {
    errors.push(
      notSupported('spec.strategy.type', strategy.type, [
        'Recreate',
        'RollingUpdate',
      ]),
    );
  }
  if (strategy.type === 'Recreate' && strategy.rollingUpdate !== undefined) {
    errors.push({
      reason: 'FieldValueForbidden',
      message:
        "Forbidden: may not be specified when strategy `type` is 'Recreate'",
      field: 'spec.strategy.rollingUpdate',
    });
  }
  return errors;
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
  validate: specOnly(templateErrors),
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
