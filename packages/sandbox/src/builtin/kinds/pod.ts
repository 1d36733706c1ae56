import { equalJson, listAt, objectAt, stringAt } from '../../api/json';
import { checkSubdomain } from '../../api/names';
import { FieldError, JsonObject } from '../../api/seams';
import { forbidden } from '../../schema/fieldErrors';
import { StoredObject } from '../../types';
import { AGE, defineKind } from '../defineKind';
import { defaultPodSpec, defaultRequests } from '../podDefaults';
import { podSpecErrors } from '../podValidation';
import { textAt } from '../printing';
import { nanoOfQuantity } from '../../quantity';
import { podReason, readyContainers, restarts } from './podPrinting';

function defaultPod(draft: JsonObject): void {
  const spec = defaultPodSpec(draft.spec);
  for (const field of ['containers', 'initContainers']) {
    if (Array.isArray(spec[field])) {
      spec[field] = listAt(spec, field).map(defaultRequests);
    }
  }
  spec.enableServiceLinks ??= true;
  draft.spec = spec;
}

/** How long a pod stays on a node that is not ready (admission plugin DefaultTolerationSeconds). */
const TOLERATED = [
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unreachable',
];

function tolerate(tolerations: readonly unknown[], key: string): unknown[] {
  const known = tolerations.some(item => {
    const toleration = objectAt(item);
    return (
      (toleration.key === key || !toleration.key) &&
      (toleration.effect === 'NoExecute' || !toleration.effect)
    );
  });
  const added = {
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  };
  return known ? [...tolerations] : [...tolerations, added];
}

/** What the strategy and the admission plugins Priority and DefaultTolerationSeconds put into a new pod. */
function createPod(draft: JsonObject): void {
  const spec: JsonObject = { ...objectAt(draft, 'spec') };
  spec.tolerations = TOLERATED.reduce<unknown[]>(
    tolerate,
    listAt(spec, 'tolerations'),
  );
  spec.priority ??= 0;
  spec.preemptionPolicy ??= 'PreemptLowerPriority';
  draft.spec = spec;
  draft.status = { phase: 'Pending', qosClass: qosClassOf(spec) };
}

/** Quality of service: Guaranteed when every container has the same requests and limits for cpu and memory, BestEffort without any. */
export function qosClassOf(spec: JsonObject): string {
  const containers = [
    ...listAt(spec, 'containers'),
    ...listAt(spec, 'initContainers'),
  ];
  let guaranteed = true;
  let any = false;
  for (const container of containers) {
    for (const name of ['cpu', 'memory']) {
      const limit = nanoOfQuantity(
        objectAt(container, 'resources', 'limits')[name],
      );
      const request = nanoOfQuantity(
        objectAt(container, 'resources', 'requests')[name],
      );
      any ||= (limit ?? 0n) > 0n || (request ?? 0n) > 0n;
      guaranteed &&= limit !== undefined && limit > 0n && limit === request;
    }
  }
  if (!any) {
    return 'BestEffort';
  }
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

const IMMUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** The spec without what may change. */
function fixedPart(spec: JsonObject): JsonObject {
  const {
    activeDeadlineSeconds: _,
    tolerations: __,
    schedulingGates: ___,
    ...rest
  } = spec;
  const withoutImages = (containers: unknown) =>
    Array.isArray(containers)
      ? containers.map(
          ({ image: _image, ...container }: JsonObject) => container,
        )
      : containers;
  return {
    ...rest,
    containers: withoutImages(rest.containers),
    initContainers: withoutImages(rest.initContainers),
  };
}

function validatePodChange(
  object: JsonObject,
  old: StoredObject,
): FieldError[] {
  const before = objectAt(old, 'spec');
  const after = objectAt(object, 'spec');
  if (equalJson(before, after)) {
    return [];
  }
  const kept = listAt(before, 'tolerations').every(toleration =>
    listAt(after, 'tolerations').some(item => equalJson(item, toleration)),
  );
  return kept && equalJson(fixedPart(before), fixedPart(after))
    ? []
    : [forbidden('spec', `${IMMUTABLE}\n`)];
}

const pod = defineKind({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  status: true,
  generation: true,
  deleteReturnsObject: true,
  checkName: checkSubdomain,
  subresources: [
    {
      name: 'attach',
      responds: core('PodAttachOptions'),
      verbs: ['create', 'get'],
    },
    { name: 'binding', responds: core('Binding'), verbs: ['create'] },
    { name: 'ephemeralcontainers', verbs: ['get', 'patch', 'update'] },
    {
      name: 'eviction',
      responds: { group: 'policy', version: 'v1', kind: 'Eviction' },
      verbs: ['create'],
    },
    {
      name: 'exec',
      responds: core('PodExecOptions'),
      verbs: ['create', 'get'],
    },
    { name: 'log', verbs: ['get'] },
    {
      name: 'portforward',
      responds: core('PodPortForwardOptions'),
      verbs: ['create', 'get'],
    },
    {
      name: 'proxy',
      responds: core('PodProxyOptions'),
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
    },
    { name: 'resize', verbs: ['get', 'patch', 'update'] },
  ],
  default: defaultPod,
  create: createPod,
  update: (draft, old, { subresource }) => {
    if (subresource === 'status') {
      const status = objectAt(draft, 'status');
      draft.status = {
        ...status,
        qosClass: status.qosClass ?? objectAt(old, 'status').qosClass,
      };
    }
  },
  validate: (object, { subresource }) =>
    subresource ? [] : podSpecErrors(objectAt(object, 'spec'), 'spec'),
  validateChange: (object, old, { subresource }) =>
    subresource ? [] : validatePodChange(object, old),
  fields: {
    'spec.nodeName': object => stringAt(object, 'spec', 'nodeName') ?? '',
    'spec.restartPolicy': object =>
      stringAt(object, 'spec', 'restartPolicy') ?? '',
    'spec.schedulerName': object =>
      stringAt(object, 'spec', 'schedulerName') ?? '',
    'spec.serviceAccountName': object =>
      stringAt(object, 'spec', 'serviceAccountName') ?? '',
    'spec.hostNetwork': object =>
      String(objectAt(object, 'spec').hostNetwork === true),
    'status.phase': object => stringAt(object, 'status', 'phase') ?? '',
    'status.podIP': object => stringAt(object, 'status', 'podIP') ?? '',
    'status.nominatedNodeName': object =>
      stringAt(object, 'status', 'nominatedNodeName') ?? '',
  },
  columns: [
    { name: 'Ready', cell: readyContainers },
    { name: 'Status', cell: podReason },
    { name: 'Restarts', cell: restarts },
    AGE,
    {
      name: 'IP',
      wide: true,
      cell: object => textAt(object, ['status', 'podIP']),
    },
    {
      name: 'Node',
      wide: true,
      cell: object => textAt(object, ['spec', 'nodeName']),
    },
    {
      name: 'Nominated Node',
      wide: true,
      cell: object => textAt(object, ['status', 'nominatedNodeName']),
    },
    { name: 'Readiness Gates', wide: true, cell: () => '<none>' },
  ],
});

function core(kind: string) {
  return { group: '', version: '', kind };
}

/** Pod. */
export const podKinds = [pod];
