import { JsonObject } from '../api/seams';
import { builtinKinds } from '.';

/*
 * Refusals of pods, and of what has pod templates. Wording and fields are those of `pkg/apis/core/validation`, `pkg/apis/apps/validation` and
 * `pkg/apis/batch/validation` of Kubernetes, except where a transcript is named.
 */

function refusals(kindName: string, spec: JsonObject): string[] {
  const kind = builtinKinds.find(item => item.kind === kindName);
  const context = {
    now: '2026-01-01T00:00:00Z',
    user: { name: 'test', groups: [] },
  };
  const { object } = kind?.decode({ spec }) ?? { object: {} };
  const draft = { ...object, metadata: { name: 'x', uid: 'u' } };
  kind?.default(draft);
  kind?.prepareCreate(draft, context);
  const errors = kind?.validateCreate(draft, context) ?? [];
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

const main = { name: 'main', image: 'i' };
const container = (more: JsonObject) =>
  refusals('Pod', { containers: [{ ...main, ...more }] });
const pod = (more: JsonObject) =>
  refusals('Pod', { containers: [main], ...more });
const matchLabels = { app: 'x' };
const template = {
  metadata: { labels: matchLabels },
  spec: { containers: [main] },
};
const deployment = (more: JsonObject) =>
  refusals('Deployment', { selector: { matchLabels }, template, ...more });

const LABEL =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

describe('containers', () => {
  it('ask for resources that Kubernetes knows, or that have a domain', () => {
    const at = 'spec.containers[0].resources.limits[gpu]';
    expect(container({ resources: { limits: { gpu: 1 } } })).toEqual(
      expect.arrayContaining([
        `${at}: Invalid value: "gpu": must be a standard resource type or fully qualified`,
        `${at}: Invalid value: "gpu": must be a standard resource for containers`,
      ]),
    );
    const limits = {
      'nvidia.com/gpu': 1,
      cpu: '100m',
      memory: '1Gi',
      'ephemeral-storage': '1Gi',
      'hugepages-2Mi': '2Mi',
    };
    expect(container({ resources: { limits } })).toEqual([]);
  });

  it('have ports with short names, each once', () => {
    const at = 'spec.containers[0].ports';
    expect(
      container({
        ports: [
          { containerPort: 1, name: 'a-name-that-is-too-long' },
          { containerPort: 2, name: 'UP' },
          { containerPort: 3, name: 'http', protocol: 'HTTP' },
          { containerPort: 4, name: 'http' },
          { hostPort: 70000, containerPort: 5 },
        ],
      }),
    ).toEqual([
      `${at}[0].name: Invalid value: "a-name-that-is-too-long": must be no more than 15 characters`,
      `${at}[1].name: Invalid value: "UP": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`,
      `${at}[1].name: Invalid value: "UP": must contain at least one letter (a-z)`,
      `${at}[2].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"`,
      `${at}[3].name: Duplicate value: "http"`,
      `${at}[4].hostPort: Invalid value: 70000: must be between 1 and 65535, inclusive`,
    ]);
  });

  it('have probes that ask one thing, and of a port that there can be', () => {
    const at = 'spec.containers[0]';
    expect(
      container({
        livenessProbe: { periodSeconds: 5, successThreshold: 2 },
        readinessProbe: {
          httpGet: { port: 0 },
          exec: { command: ['true'] },
          failureThreshold: -1,
        },
        startupProbe: { httpGet: { path: '/health', port: 'http' } },
      }),
    ).toEqual([
      `${at}.livenessProbe: Required value: must specify a handler type`,
      `${at}.livenessProbe.successThreshold: Invalid value: 2: must be 1`,
      `${at}.readinessProbe.httpGet: Forbidden: may not specify more than 1 handler type`,
      `${at}.readinessProbe.failureThreshold: Invalid value: -1: must be greater than or equal to 0`,
    ]);
    expect(container({ readinessProbe: { httpGet: { port: 0 } } })).toEqual([
      `${at}.readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive`,
    ]);
  });

  it('have variables with names', () => {
    expect(
      container({ env: [{ name: 'A=B' }, { name: 'a.b-c', value: '1' }] }),
    ).toEqual([
      `spec.containers[0].env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than '='`,
    ]);
  });
});

describe('pods', () => {
  it('have volumes of one kind, with what that kind needs', () => {
    expect(
      pod({
        volumes: [
          { name: 'a', emptyDir: {}, configMap: { name: 'c' } },
          { name: 'b', secret: {} },
        ],
      }),
    ).toEqual([
      'spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type',
      'spec.volumes[1].secret.secretName: Required value',
    ]);
  });

  it('select nodes by labels that a node could have', () => {
    expect(pod({ nodeSelector: { gpu: 'NVIDIA H100' } })).toEqual([
      `spec.nodeSelector: Invalid value: "NVIDIA H100": ${LABEL}`,
    ]);
  });

  it('tolerate taints that there can be', () => {
    const at = 'spec.tolerations';
    expect(
      pod({
        tolerations: [
          { value: 'v' },
          { key: 'k', operator: 'Exist' },
          { key: 'k', operator: 'Exists', effect: 'Never' },
          { key: 'k', effect: 'NoSchedule', tolerationSeconds: 5 },
          { operator: 'Exists' },
        ],
      }),
    ).toEqual([
      `${at}[0].operator: Invalid value: "": operator must be Exists when \`key\` is empty, which means "match all values and all keys"`,
      `${at}[1].operator: Unsupported value: "Exist": supported values: "Equal", "Exists"`,
      `${at}[2].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"`,
      `${at}[3].effect: Invalid value: "NoSchedule": effect must be 'NoExecute' when \`tolerationSeconds\` is set`,
    ]);
  });
});

describe('pod templates', () => {
  const long = 'm'.repeat(64);
  const labels = { ...matchLabels, model: long };
  const tooLong = `Invalid value: "${long}": must be no more than 63 characters`;

  it('have labels that their pods could have, in a Deployment and in a Job', () => {
    const labelled = { ...template, metadata: { labels } };
    expect(deployment({ template: labelled })).toEqual([
      `spec.template.labels: ${tooLong}`,
    ]);
    const spec = { ...template.spec, restartPolicy: 'Never' };
    expect(refusals('Job', { template: { ...labelled, spec } })).toEqual([
      `spec.template.labels: ${tooLong}`,
    ]);
  });

  it('are not looked at when the selector can select nothing', () => {
    expect(deployment({ selector: { matchLabels: labels } })).toEqual([
      `spec.selector.matchLabels: ${tooLong}`,
      `spec.selector: Invalid value: {"matchLabels":{"app":"x","model":"${long}"}}: invalid label selector`,
    ]);
    const selector = {
      matchExpressions: [
        { key: 'app', operator: 'In' },
        { key: 'app', operator: 'Exists', values: ['x'] },
        { key: 'app', operator: 'Like', values: ['x'] },
      ],
    };
    const at = 'spec.selector.matchExpressions';
    expect(deployment({ selector }).slice(0, 3)).toEqual([
      `${at}[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
      `${at}[1].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
      `${at}[2].operator: Invalid value: "Like": not a valid selector operator`,
    ]);
  });
});

describe('a Deployment', () => {
  const rollout = (rollingUpdate: JsonObject) =>
    deployment({ strategy: { rollingUpdate } });
  const at = 'spec.strategy.rollingUpdate';

  it('may add a pod or take one away: a rollout that may do neither never moves', () => {
    expect(rollout({ maxSurge: 0, maxUnavailable: 0 })).toEqual([
      `${at}.maxUnavailable: Invalid value: 0: may not be 0 when \`maxSurge\` is 0`,
    ]);
    expect(rollout({ maxSurge: 0, maxUnavailable: '1%' })).toEqual([]);
  });

  it('counts pods in whole numbers or in percent', () => {
    expect(rollout({ maxSurge: 'some', maxUnavailable: '101%' })).toEqual([
      `${at}.maxSurge: Invalid value: "some": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
      `${at}.maxUnavailable: Invalid value: "101%": must not be greater than 100%`,
    ]);
  });

  it('waits longer for progress than for a pod to settle', () => {
    expect(
      deployment({ minReadySeconds: 60, progressDeadlineSeconds: 60 }),
    ).toEqual([
      'spec.progressDeadlineSeconds: Invalid value: 60: must be greater than minReadySeconds',
    ]);
  });
});

describe('a Job', () => {
  const spec = { ...template.spec, restartPolicy: 'Never' };
  const job = (more: JsonObject) =>
    refusals('Job', { template: { spec }, ...more });

  it('completes in one of two ways', () => {
    expect(job({ completionMode: 'Sorted' })).toEqual([
      'spec.completionMode: Unsupported value: "Sorted": supported values: "NonIndexed", "Indexed"',
    ]);
    expect(job({ completionMode: 'Indexed', parallelism: 2 })).toEqual([
      'spec.completions: Required value: when completion mode is Indexed',
    ]);
  });
});

describe('a NetworkPolicy', () => {
  it('names ports and selects pods as others do', () => {
    expect(
      refusals('NetworkPolicy', {
        podSelector: { matchLabels: { a: '/' } },
        ingress: [{ ports: [{ port: 0, protocol: 'HTTP' }] }],
      }),
    ).toEqual([
      `spec.podSelector.matchLabels: Invalid value: "/": ${LABEL}`,
      'spec.ingress[0].ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
      'spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ]);
  });
});
