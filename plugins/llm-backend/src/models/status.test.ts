import { KubeObject } from '@slipway/controller';
import { envoyAIGateway } from '../gateway/envoy-ai-gateway';
import { exampleModel, examplePlatform } from './__testUtils__/examples';
import { Reason } from './conditions';
import { parseModel } from './model';
import { labelsOf } from './names';
import { Observed, Refusals } from './observed';
import { planModel } from './plan';
import { Renders } from './Renders';
import {
  renderClaim,
  renderDeployment,
  renderDownloadJob,
  renderEndpointPicker,
  renderInferencePool,
} from './render';
import { deriveStatus, phaseOf } from './status';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const platform = examplePlatform();
const flavour = envoyAIGateway;
const AT = '2026-11-20T11:00:00Z';

function withStatus(
  object: KubeObject,
  status: Record<string, unknown>,
  uid = `uid-${object.kind}`,
): KubeObject {
  return {
    ...object,
    metadata: { ...object.metadata, uid, generation: 1, creationTimestamp: AT },
    status,
  };
}

const accepted = (generation = 1) => [
  {
    type: 'Accepted',
    status: 'True',
    observedGeneration: generation,
    reason: 'Accepted',
    message: '',
  },
];

/** A model that is Ready, as the cluster has it; `change` breaks it. */
function world(spec: Record<string, unknown> = {}) {
  const object = exampleModel(spec);
  const model = parseModel(object);
  const claim = withStatus(
    renderClaim(model, platform)!,
    { phase: 'Bound' },
    'claim-uid',
  );
  const inputs = 'claim-uid///';
  const job = withStatus(
    renderDownloadJob(model, platform, { attempt: 1, inputs }),
    {
      conditions: [
        { type: 'Complete', status: 'True', lastTransitionTime: AT },
      ],
    },
    'job-uid',
  );
  const deploymentStatus = {
    observedGeneration: 1,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
  };
  const pickerDeployment = renderEndpointPicker(model, platform).find(
    each => each.kind === 'Deployment',
  )!;
  const endpoint = (name: 'external' | 'internal') => ({
    gatewayFound: true,
    policy: withStatus(flavour.renderPolicy(model, platform, name)!, {
      ancestors: [{ conditions: accepted() }],
    }),
    route: withStatus(
      flavour.renderRoute(model, platform, name, model.modelId),
      {
        conditions: [
          { type: 'Accepted', status: 'True', reason: 'ok', message: '' },
        ],
      },
    ),
    generated: withStatus(
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: `tiny-${name}` },
      },
      { parents: [{ conditions: accepted() }] },
    ),
  });
  const observed: Observed = {
    namespaceManaged: true,
    claim,
    jobs: [job],
    pods: [
      pod('server', 'llmmodel', readyPod()),
      pod('picker', 'epp', readyPod()),
    ],
    deployment: withStatus(
      renderDeployment(model, platform),
      deploymentStatus,
      'deployment-uid',
    ),
    picker: withStatus(pickerDeployment, deploymentStatus),
    pool: renderInferencePool(model),
    endpoints: {
      external: endpoint('external'),
      internal: endpoint('internal'),
    },
    unserved: new Set(),
  };
  return { object, model, observed, refusals: new Map() as Refusals };
}

function pod(
  name: string,
  component: 'llmmodel' | 'epp' | 'llmmodel-download',
  status: Record<string, unknown>,
  owner = 'deployment-uid',
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'models',
      labels: labelsOf({ name: 'tiny' }, component),
      creationTimestamp: AT,
      ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: owner }],
    },
    spec: { nodeName: 'gpu-1' },
    status,
  };
}

function readyPod(): Record<string, unknown> {
  return {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: AT }],
    containerStatuses: [
      {
        name: 'vllm',
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: AT } },
      },
    ],
  };
}

function waitingPod(
  container: Record<string, unknown>,
): Record<string, unknown> {
  return {
    phase: 'Pending',
    conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: AT }],
    containerStatuses: [
      {
        name: 'vllm',
        image: 'img:1',
        ready: false,
        started: false,
        restartCount: 0,
        ...container,
      },
    ],
  };
}

type World = ReturnType<typeof world>;

/** The servers have one pod, in this state, and none is ready. */
function serverPod(status: Record<string, unknown>) {
  return ({ observed }: World) => {
    observed.pods = [
      pod('server', 'llmmodel', status),
      pod('picker', 'epp', readyPod()),
    ];
    observed.deployment = {
      ...observed.deployment!,
      status: {
        observedGeneration: 1,
        replicas: 1,
        updatedReplicas: 1,
        readyReplicas: 0,
      },
    };
    for (const endpoint of Object.values(observed.endpoints)) {
      delete endpoint.route;
      delete endpoint.generated;
    }
  };
}

/** The download has one pod, in this state, and is not over. */
function downloadPod(
  status: Record<string, unknown>,
  jobStatus: Record<string, unknown> = {},
) {
  return ({ observed }: World) => {
    observed.jobs = [{ ...observed.jobs[0], status: jobStatus }];
    observed.pods = [pod('download', 'llmmodel-download', status, 'job-uid')];
    observed.deployment = undefined;
    for (const endpoint of Object.values(observed.endpoints)) {
      delete endpoint.route;
      delete endpoint.generated;
    }
  };
}

const failed = (message: string) => ({
  phase: 'Failed',
  containerStatuses: [
    {
      name: 'model-downloader',
      state: { terminated: { exitCode: 13, reason: 'Error', message } },
    },
  ],
});

function statusOf({ model, object, observed, refusals }: World) {
  const plan = planModel({
    model,
    platform,
    flavour,
    observed,
    refusals,
    nowMs: NOW,
    renders: new Renders(),
  });
  const status = deriveStatus({
    model,
    platform,
    plan,
    refusals,
    previous: object.status,
    now: new Date(NOW),
  });
  const conditions = status.conditions as {
    type: string;
    status: string;
    reason: string;
    message: string;
  }[];
  return {
    status,
    plan,
    conditions: Object.fromEntries(
      conditions.map(condition => [condition.type, condition]),
    ),
  };
}

interface Row {
  name: string;
  spec?: Record<string, unknown>;
  change(world: World): void;
  type: string;
  reason: Reason;
  phase: string;
  says: RegExp;
}

const rows: Row[] = [
  {
    name: 'all is well',
    change: () => {},
    type: 'Ready',
    reason: 'Serving',
    phase: 'Ready',
    says: /1 of 1 replicas/,
  },
  {
    name: 'the namespace is not managed',
    change: w => (w.observed.namespaceManaged = false),
    type: 'Accepted',
    reason: 'NamespaceNotManaged',
    phase: 'Degraded',
    says: /kubectl label namespace models nebari.dev\/managed=true/,
  },
  {
    name: 'another model has the id',
    change: w => {
      w.observed.holder = {
        namespace: 'other',
        name: 'first',
        modelId: 'acme/tiny',
      };
      w.observed.deployment = undefined;
      w.observed.pods = [];
    },
    type: 'Ready',
    reason: 'DuplicateModelId',
    phase: 'Error',
    says: /other\/first/,
  },
  {
    name: 'the spec can not work',
    spec: {
      resources: { gpu: { count: 1 } },
      serving: { tensorParallelism: 2 },
    },
    change: serverPod({ phase: 'Pending' }),
    type: 'Accepted',
    reason: 'SpecInvalid',
    phase: 'Error',
    says: /spec.serving.tensorParallelism .* raise the count/,
  },
  {
    name: 'it downloads',
    change: downloadPod({
      phase: 'Running',
      containerStatuses: [
        { name: 'model-downloader', state: { running: { startedAt: AT } } },
      ],
    }),
    type: 'WeightsReady',
    reason: 'Downloading',
    phase: 'Downloading',
    says: /No GPU is held/,
  },
  {
    name: 'its download has ended, but its Job has not noticed',
    change: downloadPod({ phase: 'Succeeded' }),
    type: 'WeightsReady',
    reason: 'Downloading',
    phase: 'Downloading',
    says: /is fetched/,
  },
  {
    name: 'the source refuses',
    change: downloadPod(
      failed(
        '{"reason":"SourceForbidden","message":"403 for acme/tiny: accept its licence"}',
      ),
    ),
    type: 'Ready',
    reason: 'SourceForbidden',
    phase: 'Error',
    says: /403 for acme\/tiny: accept its licence\. It is tried again/,
  },
  {
    name: 'the download is given up',
    change: downloadPod(failed('{"reason":"DiskFull","message":"no room"}'), {
      conditions: [
        {
          type: 'Failed',
          status: 'True',
          lastTransitionTime: '2026-11-20T11:59:50Z',
          message: 'BackoffLimitExceeded',
        },
      ],
    }),
    type: 'WeightsReady',
    reason: 'DiskFull',
    phase: 'Error',
    says: /no room\. Try 1 of job/,
  },
  {
    name: 'the download dies without a word',
    change: downloadPod(failed('Killed')),
    type: 'WeightsReady',
    reason: 'Retrying',
    phase: 'Downloading',
    says: /Killed/,
  },
  {
    name: 'the storage class is unknown',
    spec: { model: { storage: { storageClassName: 'nope' } } },
    change: w => {
      downloadPod({ phase: 'Pending' })(w);
      w.observed.storageClassFound = false;
      w.observed.claim = { ...w.observed.claim!, status: { phase: 'Pending' } };
    },
    type: 'WeightsReady',
    reason: 'StorageClassNotFound',
    phase: 'Error',
    says: /no storage class nope/,
  },
  {
    name: 'the claim has lost its volume',
    change: w => {
      downloadPod({ phase: 'Pending' })(w);
      w.observed.claim = { ...w.observed.claim!, status: { phase: 'Lost' } };
    },
    type: 'WeightsReady',
    reason: 'ClaimLost',
    phase: 'Error',
    says: /Delete the claim/,
  },
  {
    name: 'the Secret is not there',
    spec: { model: { authSecretName: 'hf' } },
    change: w => {
      downloadPod({ phase: 'Pending' })(w);
      w.observed.secret = { found: false, hasToken: false, version: 'absent' };
    },
    type: 'WeightsReady',
    reason: 'SecretNotFound',
    phase: 'Error',
    says: /kubectl create secret generic hf -n models/,
  },
  {
    name: 'the image is not there',
    change: serverPod(
      waitingPod({
        state: {
          waiting: {
            reason: 'ImagePullBackOff',
            message: 'Back-off pulling image',
          },
        },
      }),
    ),
    type: 'WorkloadReady',
    reason: 'ImagePullFailed',
    phase: 'Error',
    says: /img:1 .* Back-off pulling image.* pull secret/,
  },
  {
    name: 'no node fits',
    change: serverPod({
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/4 nodes are available: 4 Insufficient nvidia.com/gpu.',
        },
      ],
    }),
    type: 'WorkloadReady',
    reason: 'Unschedulable',
    phase: 'Pending',
    says: /4 Insufficient nvidia.com\/gpu.* free GPUs/,
  },
  {
    name: 'the server crashes',
    change: serverPod(
      waitingPod({
        restartCount: 3,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
      }),
    ),
    type: 'WorkloadReady',
    reason: 'CrashLooping',
    phase: 'Error',
    says: /ended 3 times, last with exit code 137 \(OOMKilled\)\. Raise spec.resources.limits.memory/,
  },
  {
    name: 'a server that was ready no longer answers',
    change: serverPod({
      phase: 'Running',
      conditions: [
        {
          type: 'Ready',
          status: 'False',
          lastTransitionTime: '2026-11-20T11:30:00Z',
        },
      ],
      containerStatuses: [
        {
          name: 'vllm',
          ready: false,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: AT } },
        },
      ],
    }),
    type: 'WorkloadReady',
    reason: 'ProbeFailing',
    phase: 'Error',
    says: /kubectl logs server -c vllm/,
  },
  {
    name: 'the server loads',
    change: serverPod({
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: AT }],
      containerStatuses: [
        {
          name: 'vllm',
          ready: false,
          started: false,
          restartCount: 0,
          state: { running: { startedAt: AT } },
        },
      ],
    }),
    type: 'WorkloadReady',
    reason: 'Starting',
    phase: 'Starting',
    says: /loads the weights/,
  },
  {
    name: 'a quota refuses the pods',
    change: w => {
      serverPod({})(w);
      w.observed.pods = [pod('picker', 'epp', readyPod())];
      w.observed.deployment!.status = {
        observedGeneration: 1,
        conditions: [
          {
            type: 'ReplicaFailure',
            status: 'True',
            message: 'pods "x" is forbidden: exceeded quota: team',
          },
        ],
      };
    },
    type: 'WorkloadReady',
    reason: 'QuotaExceeded',
    phase: 'Error',
    says: /exceeded quota: team.*Raise the quota/,
  },
  {
    name: 'a quota refuses the claim',
    change: w => {
      w.observed.claim = undefined;
      w.observed.deployment = undefined;
      w.observed.pods = [];
      w.refusals = new Map([
        [
          'PersistentVolumeClaim/tiny-model-storage',
          { code: 403, message: 'exceeded quota: team' },
        ],
      ]);
    },
    type: 'WeightsReady',
    reason: 'QuotaExceeded',
    phase: 'Error',
    says: /does not allow PersistentVolumeClaim tiny-model-storage/,
  },
  {
    name: 'one replica of two is missing',
    spec: {
      model: { storage: { accessMode: 'ReadWriteMany' } },
      serving: { replicas: 2 },
    },
    change: w => {
      w.observed.deployment!.status = {
        observedGeneration: 1,
        replicas: 2,
        updatedReplicas: 2,
        readyReplicas: 1,
      };
    },
    type: 'Ready',
    reason: 'Degraded',
    phase: 'Degraded',
    says: /1 of 2 replicas ready/,
  },
  {
    name: 'it is scaled to zero',
    spec: { serving: { replicas: 0 } },
    change: w => {
      w.observed.pods = [pod('picker', 'epp', readyPod())];
      w.observed.deployment!.status = { observedGeneration: 1 };
    },
    type: 'Ready',
    reason: 'ScaledToZero',
    phase: 'Pending',
    says: /spec.serving.replicas/,
  },
  {
    name: 'somebody else has scaled it to zero',
    change: w => {
      w.observed.pods = [pod('picker', 'epp', readyPod())];
      w.observed.deployment = {
        ...w.observed.deployment!,
        spec: { ...Object(w.observed.deployment!.spec), replicas: 0 },
        status: { observedGeneration: 1 },
      };
    },
    type: 'Ready',
    reason: 'ScaledToZero',
    phase: 'Pending',
    says: /^The spec asks for 1, .* kubectl scale deployment\/tiny --namespace models --replicas=1$/,
  },
  {
    name: "the gateway's CRD is missing",
    change: w => {
      w.observed.unserved = new Set(['SecurityPolicy']);
      w.observed.endpoints = { external: {}, internal: {} };
    },
    type: 'InternalEndpointReady',
    reason: 'GatewayCrdMissing',
    phase: 'Error',
    says: /does not serve SecurityPolicy/,
  },
  {
    name: 'the Gateway is missing',
    change: w => {
      for (const endpoint of Object.values(w.observed.endpoints)) {
        endpoint.gatewayFound = false;
      }
    },
    type: 'ExternalEndpointReady',
    reason: 'GatewayNotFound',
    phase: 'Error',
    says: /envoy-gateway-system\/ai with a listener llm-https/,
  },
  {
    name: 'the gateway refuses the policy of one endpoint',
    change: w => {
      w.observed.endpoints.internal.policy!.status = {
        ancestors: [
          {
            conditions: [
              {
                type: 'Accepted',
                status: 'False',
                reason: 'Invalid',
                message: 'bad issuer',
                observedGeneration: 1,
              },
            ],
          },
        ],
      };
    },
    type: 'InternalEndpointReady',
    reason: 'PolicyRefused',
    phase: 'Degraded',
    says: /Invalid: bad issuer.*offered again/,
  },
  {
    name: 'the gateway has judged an older policy only',
    change: w => {
      w.observed.endpoints.internal.policy!.metadata.generation = 2;
    },
    type: 'Ready',
    reason: 'PolicyPending',
    phase: 'Starting',
    says: /has not accepted the policy/,
  },
  {
    name: 'the gateway refuses the route',
    change: w => {
      w.observed.endpoints.external.route!.status = {
        conditions: [
          {
            type: 'NotAccepted',
            status: 'False',
            reason: 'ReconciliationFailed',
            message: 'no such gateway',
          },
        ],
      };
    },
    type: 'ExternalEndpointReady',
    reason: 'RouteRefused',
    phase: 'Degraded',
    says: /no such gateway/,
  },
  {
    name: 'both endpoints are disabled',
    spec: {
      endpoints: { external: { enabled: false }, internal: { enabled: false } },
    },
    change: () => {},
    type: 'Ready',
    reason: 'EndpointDisabled',
    phase: 'Starting',
    says: /Enable one/,
  },
];

describe('every failure has a name and says what to do', () => {
  it.each(rows)(
    '$name: $reason',
    ({ spec, change, type, reason, phase, says }) => {
      const here = world(spec);
      change(here);
      const { status, conditions } = statusOf(here);
      expect(conditions[type]).toMatchObject({
        reason,
        message: expect.stringMatching(says),
      });
      expect(status.phase).toBe(phase);
      expect(conditions.Ready.status).toBe(
        phase === 'Ready' ? 'True' : 'False',
      );
    },
  );

  it('a status is the same, times included, when nothing changed', () => {
    const here = world();
    const first = statusOf(here).status;
    const second = statusOf({
      ...here,
      object: { ...here.object, status: first },
    }).status;
    expect(second).toEqual(first);
  });

  it('the size of the weights is told, and kept when the pod that told it is gone', () => {
    const here = world();
    const done = {
      phase: 'Succeeded',
      containerStatuses: [
        {
          name: 'model-downloader',
          state: {
            terminated: { exitCode: 0, message: '{"bytes":16000000000}' },
          },
        },
      ],
    };
    here.observed.pods.push(
      pod('download', 'llmmodel-download', done, 'job-uid'),
    );
    const { status } = statusOf(here);
    expect(status.modelSize).toBe('14.9Gi');
    here.observed.pods.pop();
    expect(
      statusOf({ ...here, object: { ...here.object, status } }).status
        .modelSize,
    ).toBe('14.9Gi');
  });

  it('the phase follows from the conditions alone', () => {
    const here = world();
    const { status } = statusOf(here);
    expect(
      phaseOf(
        Object.values(statusOf(here).conditions).map(each => ({
          ...each,
          status: each.status === 'True' ? 'True' : 'False',
        })),
      ),
    ).toBe(status.phase);
  });

  it('an endpoint that is disabled has no URL, one that is in force has', () => {
    const here = world({ endpoints: { external: { enabled: false } } });
    expect(statusOf(here).status.endpoints).toEqual({
      internal: 'https://llm-internal.example.com/v1',
    });
  });
});

describe('what the gateway judges anew goes on serving', () => {
  const both = {
    external: 'https://llm.example.com/v1',
    internal: 'https://llm-internal.example.com/v1',
  };
  /** A model that was Ready, and what it says after a change of what is observed. */
  const after = (change: (w: World) => void) => {
    const here = world();
    const { status } = statusOf(here);
    here.object = { ...here.object, status };
    change(here);
    return statusOf(here);
  };
  const pendingRoutes = ({ observed }: World) => {
    for (const { generated } of Object.values(observed.endpoints)) {
      generated!.metadata = { ...generated!.metadata, generation: 2 };
    }
  };
  const pendingPolicies = ({ observed }: World) => {
    for (const { policy } of Object.values(observed.endpoints)) {
      policy!.metadata = { ...policy!.metadata, generation: 2 };
    }
  };

  it.each([
    ['routes', 'RoutePending', pendingRoutes],
    ['policies', 'PolicyPending', pendingPolicies],
  ])('%s: addresses and Ready stay', (_, reason, change) => {
    const { status, conditions } = after(change);
    expect(status).toMatchObject({ phase: 'Ready', endpoints: both });
    expect(conditions.Ready.status).toBe('True');
    expect(conditions.ExternalEndpointReady).toMatchObject({
      status: 'False',
      reason,
    });
  });

  it('a change of the spec is Ready only when the gateway has taken it over; the address stays', () => {
    const { status, conditions } = after(here => {
      here.model = { ...here.model, generation: 7 };
      pendingRoutes(here);
    });
    expect(status.endpoints).toEqual(both);
    expect(conditions.Ready.reason).toBe('RoutePending');
  });

  it.each<[string, (w: World) => void]>([
    [
      'nothing leads there any more',
      ({ observed }) => {
        for (const endpoint of Object.values(observed.endpoints)) {
          delete endpoint.generated;
        }
      },
    ],
    [
      'no server is ready',
      ({ observed }) => {
        observed.deployment!.status = { observedGeneration: 1 };
      },
    ],
    [
      'the servers answer to another id',
      ({ observed }) => {
        observed.deployment!.metadata = {
          ...observed.deployment!.metadata,
          annotations: { 'llm.nebari.dev/served-model-id': 'acme/another' },
        };
      },
    ],
    [
      'the gateway refuses the route',
      ({ observed }) => {
        for (const { route } of Object.values(observed.endpoints)) {
          route!.status = {
            conditions: [{ type: 'NotAccepted', status: 'False' }],
          };
        }
      },
    ],
    [
      'there was no address before',
      here => {
        here.object = { ...here.object, status: undefined };
      },
    ],
  ])('but there is no address when %s', (_, change) => {
    const { status } = after(here => {
      pendingRoutes(here);
      change(here);
    });
    expect(status).not.toHaveProperty('endpoints');
  });
});

describe('never open', () => {
  it('a policy that could not be written takes the route of its endpoint away', () => {
    const here = world({ access: { public: false, groups: ['team'] } });
    here.refusals = new Map([
      [
        'SecurityPolicy/tiny-internal-auth',
        { code: 422, message: 'too many groups' },
      ],
    ]);
    const { plan, conditions } = statusOf(here);
    expect(conditions.InternalEndpointReady.reason).toBe('PolicyRefused');
    expect(plan.routes.map(route => route.metadata.name)).toEqual([
      'tiny-external',
    ]);
    expect(plan.keep.map(each => each.metadata.name)).not.toContain(
      'tiny-internal',
    );
  });

  it('no route is made before the policy that the spec wants is on the server', () => {
    const here = world({ access: { public: false, groups: ['team'] } });
    here.observed.endpoints.internal = {
      gatewayFound: true,
      policy: withStatus(
        flavour.renderPolicy(parseModel(exampleModel()), platform, 'internal')!,
        {},
      ),
    };
    const { plan } = statusOf(here);
    expect(plan.routes.map(route => route.metadata.name)).toEqual([
      'tiny-external',
    ]);
  });

  it('a policy stays as long as anything leads to the model', () => {
    const here = world({ endpoints: { internal: { enabled: false } } });
    delete here.observed.endpoints.internal.route;
    const kept = () => statusOf(here).plan.keep.map(each => each.metadata.name);
    expect(kept()).toContain('tiny-internal-auth');
    delete here.observed.endpoints.internal.generated;
    expect(kept()).not.toContain('tiny-internal-auth');
  });
});
