import { JsonObject } from '../api/seams';
import { builtinKinds } from '.';
import { selectorMatches } from './selectors';
import {
  context,
  create,
  deployment,
  kindOf,
  pod,
  stored,
  template,
} from './testing/objects';

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
