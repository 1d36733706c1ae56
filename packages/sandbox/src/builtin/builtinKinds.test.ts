import { FieldError, JsonObject, ServedKind, WriteContext } from '../api/seams';
import { StoredObject } from '../types';
import { builtinKinds } from '.';
import { selectorMatches } from './selectors';

const context: WriteContext = {
  now: '2026-01-01T00:00:00Z',
  user: { name: 'test', groups: [] },
};

function kindOf(kind: string, group?: string): ServedKind {
  const found = builtinKinds.find(
    item => item.kind === kind && (group === undefined || item.group === group),
  );
  if (found === undefined) {
    throw new Error(`no kind ${kind}`);
  }
  return found;
}

/** What a create makes of an object, and what is wrong with it. */
function create(
  kind: ServedKind,
  input: JsonObject,
): { draft: JsonObject; errors: FieldError[] } {
  const draft: JsonObject = {
    ...kind.decode(input).object,
    metadata: { name: 'x', namespace: 'n', uid: 'u-1', ...metadataOf(input) },
  };
  kind.default(draft);
  kind.prepareCreate(draft, context);
  return { draft, errors: kind.validateCreate(draft, context) };
}

function metadataOf(input: JsonObject): JsonObject {
  return { ...(typeof input.metadata === 'object' ? input.metadata : {}) };
}

function stored(draft: JsonObject): StoredObject {
  const metadata = {
    name: 'x',
    uid: 'u-1',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...metadataOf(draft),
  };
  return { apiVersion: 'v1', kind: 'X', ...draft, metadata };
}

/** Errors of an update with these fields changed. */
function change(
  kind: ServedKind,
  input: JsonObject,
  changes: JsonObject,
): FieldError[] {
  const old = stored(create(kind, input).draft);
  const draft = structuredClone({ ...old, ...changes });
  kind.default(draft);
  kind.prepareUpdate(draft, old, context);
  return kind.validateUpdate(draft, old, context);
}

const pod = {
  spec: { containers: [{ name: 'main', image: 'example.com/app:1' }] },
};
const template = { metadata: { labels: { app: 'x' } }, ...pod };
const deployment = {
  spec: { selector: { matchLabels: { app: 'x' } }, template },
};

const container = {
  name: 'main',
  image: 'example.com/app:1',
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
};
const podDefaults = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  securityContext: {},
  schedulerName: 'default-scheduler',
};

describe('every built-in kind', () => {
  const cases = builtinKinds.map(
    kind => [`${kind.plural}.${kind.group}`, kind] as const,
  );

  it.each(cases)(
    '%s: has a cell for each column, and names that clients can tell apart',
    (_, kind) => {
      const cells = kind.cells(
        stored({ metadata: {} }),
        Date.parse('2026-01-02T00:00:00Z'),
      );
      expect(cells).toHaveLength(kind.columns.length);
      const name = kind.columns.findIndex(column => column.name === 'Name');
      expect(cells[name]).toBe('x');
      const same = builtinKinds.filter(
        other => other.group === kind.group && other.plural === kind.plural,
      );
      expect(same).toEqual([kind]);
    },
  );

  it.each(cases)('%s: defaulting twice is defaulting once', (_, kind) => {
    const sent = { ...pod, spec: { ...pod.spec, template } };
    const draft: JsonObject = {
      ...kind.decode(sent).object,
      metadata: { name: 'x' },
    };
    kind.default(draft);
    const once = structuredClone(draft);
    kind.default(draft);
    expect(draft).toEqual(once);
  });

  const withStatus = cases.filter(([, kind]) =>
    kind.subresources.some(subresource => subresource.name === 'status'),
  );

  it.each(withStatus)('%s: spec and status keep apart', (_, kind) => {
    const old = stored({
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'A' },
    });
    const main: JsonObject = structuredClone({
      ...old,
      status: { phase: 'B' },
    });
    kind.prepareUpdate(main, old, context);
    expect(main.status).toMatchObject({ phase: 'A' });
    const status: JsonObject = structuredClone({
      ...old,
      metadata: { ...old.metadata, labels: { a: 'b' } },
      spec: { changed: true },
      status: { phase: 'B' },
    });
    kind.prepareUpdate(status, old, { ...context, subresource: 'status' });
    expect(status).toMatchObject({ spec: old.spec, status: { phase: 'B' } });
    expect(status.metadata).toEqual(old.metadata);
    expect(kind.resetFields()).toEqual([['status']]);
    expect(kind.resetFields('status')).toContainEqual(['spec']);
  });
});

describe('defaults', () => {
  it('a Deployment comes back with all that the real server fills in (transcript 035)', () => {
    const { draft, errors } = create(kindOf('Deployment'), deployment);
    expect(errors).toEqual([]);
    expect(draft.metadata).toMatchObject({ generation: 1 });
    expect(draft.spec).toEqual({
      replicas: 1,
      selector: { matchLabels: { app: 'x' } },
      template: {
        metadata: { labels: { app: 'x' } },
        spec: { containers: [container], ...podDefaults },
      },
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
      },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
  });

  it('a pod asks for what it is limited to, and tolerates a lost node for five minutes', () => {
    const gpu = { limits: { 'nvidia.com/gpu': 1, memory: '1024Mi' } };
    const { draft } = create(kindOf('Pod'), {
      spec: {
        containers: [
          { name: 'main', image: 'example.com/app', resources: gpu },
        ],
      },
    });
    const limits = { 'nvidia.com/gpu': '1', memory: '1Gi' };
    expect(draft.spec).toMatchObject({
      containers: [
        { imagePullPolicy: 'Always', resources: { limits, requests: limits } },
      ],
      enableServiceLinks: true,
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', tolerationSeconds: 300 },
      ],
    });
    expect(draft.status).toEqual({ phase: 'Pending', qosClass: 'Burstable' });
  });

  it('a Job gets a selector and labels from its uid', () => {
    const { draft, errors } = create(kindOf('Job'), {
      spec: { template: { spec: { ...pod.spec, restartPolicy: 'Never' } } },
    });
    expect(errors).toEqual([]);
    const labels = {
      'batch.kubernetes.io/controller-uid': 'u-1',
      'batch.kubernetes.io/job-name': 'x',
      'controller-uid': 'u-1',
      'job-name': 'x',
    };
    expect(draft.metadata).toMatchObject({ labels });
    expect(draft.spec).toMatchObject({
      selector: {
        matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-1' },
      },
      template: { metadata: { labels } },
      backoffLimit: 6,
      completions: 1,
      parallelism: 1,
    });
  });

  it('a Secret keeps stringData as data, and services get addresses of their own', () => {
    const secret = create(kindOf('Secret'), {
      stringData: { a: 'é' },
      data: { a: 'eA==', b: 'eA==' },
    });
    expect(secret.draft).toMatchObject({
      type: 'Opaque',
      data: { a: 'w6k=', b: 'eA==' },
    });
    expect(secret.draft.stringData).toBeUndefined();
    const service = { spec: { ports: [{ port: 80 }] } };
    const addresses = [1, 2].map(
      () => create(kindOf('Service'), service).draft.spec,
    );
    expect(addresses[0]).toMatchObject({
      clusterIP: expect.stringMatching(/^10\.\d+\.\d+\.\d+$/),
    });
    expect(addresses[0]).not.toEqual(addresses[1]);
  });

  it('an Event is one object in both groups', () => {
    const { storedAs } = kindOf('Event', 'events.k8s.io');
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      regarding: { name: 'c' },
      note: 'n',
    };
    const core = storedAs?.toStored(event);
    expect(core).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      involvedObject: { name: 'c' },
      message: 'n',
      source: {},
      reportingComponent: '',
      reportingInstance: '',
    });
    expect(storedAs?.fromStored(stored(core ?? {}))).toMatchObject(event);
  });
});

describe('names that JavaScript objects inherit are names like others', () => {
  it('in the keys of a ConfigMap, the type of a Secret, access modes and selectors', () => {
    const configMap = { data: {}, binaryData: { constructor: 'eA==' } };
    expect(create(kindOf('ConfigMap'), configMap).errors).toEqual([]);
    const secret = create(kindOf('Secret'), { type: 'constructor' });
    expect(secret.errors).toEqual([]);
    const claim = create(kindOf('PersistentVolumeClaim'), {
      spec: {
        accessModes: ['toString'],
        resources: { requests: { storage: '1Gi' } },
      },
    });
    expect(claim.errors.map(error => error.field)).toEqual([
      'spec.accessModes',
    ]);
    const exists = (key: string) => ({
      matchExpressions: [{ key, operator: 'Exists' }],
    });
    expect(selectorMatches(exists('constructor'), { app: 'x' })).toBe(false);
    expect(selectorMatches(exists('app'), { app: 'x' })).toBe(true);
  });
});

test('a Job shows how many of its pods have to complete (`printJob`)', () => {
  const shown = (spec: JsonObject) =>
    kindOf('Job').cells(
      stored({ metadata: {}, spec, status: { succeeded: 1 } }),
      0,
    )[2];
  expect(shown({ completions: 0 })).toBe('1/0');
  expect(shown({ completions: 3 })).toBe('1/3');
  expect(shown({ parallelism: 2 })).toBe('1/1 of 2');
  expect(shown({ parallelism: 1 })).toBe('1/1');
});

describe('what is refused', () => {
  const refusals: [string, string, JsonObject, [string, string][]][] = [
    [
      'a Deployment that does not select its pods',
      'Deployment',
      { spec: { ...deployment.spec, selector: { matchLabels: { app: 'y' } } } },
      [
        [
          'spec.template.metadata.labels',
          'Invalid value: {"app":"x"}: `selector` does not match template `labels`',
        ],
      ],
    ],
    [
      'a pod without containers',
      'Pod',
      { spec: {} },
      [['spec.containers', 'Required value']],
    ],
    [
      'a volume mount of no volume',
      'Pod',
      {
        spec: {
          containers: [
            {
              name: 'm',
              image: 'i',
              volumeMounts: [{ name: 'v', mountPath: '/v' }],
            },
          ],
        },
      },
      [['spec.containers[0].volumeMounts[0].name', 'Not found: "v"']],
    ],
    [
      'a GPU that is requested and not limited',
      'Pod',
      {
        spec: {
          containers: [
            {
              name: 'm',
              image: 'i',
              resources: { requests: { 'nvidia.com/gpu': 1 } },
            },
          ],
        },
      },
      [
        [
          'spec.containers[0].resources.limits',
          'Required value: Limit must be set for non overcommitable resources',
        ],
      ],
    ],
    [
      'a Job whose pods restart for ever',
      'Job',
      { spec: { template: pod } },
      [
        [
          'spec.template.spec.restartPolicy',
          'Required value: valid values: "OnFailure", "Never"',
        ],
      ],
    ],
    [
      'a TLS Secret without its key',
      'Secret',
      { type: 'kubernetes.io/tls', data: { 'tls.crt': 'eA==' } },
      [['data[tls.key]', 'Required value']],
    ],
    [
      'a claim of nothing',
      'PersistentVolumeClaim',
      { spec: {} },
      [
        [
          'spec.accessModes',
          'Required value: at least 1 access mode is required',
        ],
        ['spec.resources[storage]', 'Required value'],
      ],
    ],
    [
      'a rule without verbs',
      'Role',
      { rules: [{ apiGroups: [''], resources: ['pods'] }] },
      [
        [
          'rules[0].verbs',
          'Required value: verbs must contain at least one value',
        ],
      ],
    ],
    [
      'an event about another namespace',
      'Event',
      { involvedObject: { kind: 'Pod', name: 'p', namespace: 'other' } },
      [
        [
          'involvedObject.namespace',
          'Invalid value: "other": does not match event.namespace',
        ],
      ],
    ],
    [
      'an address block that is none',
      'NetworkPolicy',
      { spec: { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/33' } }] }] } },
      [
        [
          'spec.ingress[0].from[0].ipBlock.cidr',
          'Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        ],
      ],
    ],
  ];

  it.each(refusals)('%s', (_, kind, input, expected) => {
    const { errors } = create(kindOf(kind), input);
    expect(errors.map(error => [error.field, error.message])).toEqual(expected);
  });

  it('kinds that nothing in the sandbox would run or enforce', () => {
    for (const kind of [
      'StatefulSet',
      'DaemonSet',
      'ValidatingAdmissionPolicy',
    ]) {
      expect(() => create(kindOf(kind), deployment)).toThrow(
        expect.objectContaining({ code: 501, reason: 'NotImplemented' }),
      );
    }
  });

  const claim = {
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    },
  };
  const changes: [string, string, JsonObject, JsonObject, string][] = [
    [
      "a Deployment's selector",
      'Deployment',
      deployment,
      { spec: { ...deployment.spec, selector: { matchLabels: { app: 'z' } } } },
      'spec.selector',
    ],
    ["a pod's containers", 'Pod', pod, { spec: { containers: [] } }, 'spec'],
    [
      "a Job's template",
      'Job',
      { spec: { template: { spec: { ...pod.spec, restartPolicy: 'Never' } } } },
      {
        spec: {
          template: { spec: { ...pod.spec, restartPolicy: 'OnFailure' } },
        },
      },
      'spec.template.spec',
    ],
    [
      'the size of a claim that is not bound',
      'PersistentVolumeClaim',
      claim,
      { spec: { ...claim.spec, resources: { requests: { storage: '2Gi' } } } },
      'spec',
    ],
    [
      'an immutable ConfigMap',
      'ConfigMap',
      { data: { a: '1' }, immutable: true },
      { data: {} },
      'data',
    ],
    [
      'the role of a binding',
      'RoleBinding',
      { roleRef: { kind: 'Role', name: 'a' } },
      { roleRef: { kind: 'Role', name: 'b' } },
      'roleRef',
    ],
  ];

  it.each(changes)('a change of %s', (_, kind, input, changed, field) => {
    expect(
      change(kindOf(kind), input, changed).map(error => error.field),
    ).toContain(field);
    expect(change(kindOf(kind), input, {}).map(error => error.field)).toEqual(
      [],
    );
  });
});
