import {
  ModelCondition,
  ModelDetail,
  ModelPhase,
  ModelStage,
} from '@slipway/plugin-llm-common';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const GIB = 1024 ** 3;

/** What distinguishes one made-up model from the next. */
export interface FakeModelOptions {
  name: string;
  modelId: string;
  phase: ModelPhase;
  stage: string;
  /** How long the model has been in its phase. */
  sinceMs: number;
  replicas?: [ready: number, desired: number];
  perReplica?: number;
  access?: ModelDetail['access'];
  openTo?: ModelDetail['openTo'];
  owner?: string;
  ageMs?: number;
  failure?: ModelDetail['failure'];
  download?: ModelDetail['download'];
}

const conditionTypes = [
  'Accepted',
  'WeightsReady',
  'WorkloadReady',
  'EndpointPickerReady',
  'ExternalEndpointReady',
  'InternalEndpointReady',
  'Ready',
];

/** How many of the conditions are True in a phase. */
const trueConditions: Record<ModelPhase, number> = {
  Pending: 0,
  Downloading: 1,
  Starting: 2,
  Error: 1,
  Degraded: 7,
  Ready: 7,
};

function conditionsOf(options: FakeModelOptions, at: string): ModelCondition[] {
  const { phase, stage, failure } = options;
  const done = trueConditions[phase];
  return conditionTypes.map((type, index) => {
    if (index < done) {
      return {
        type,
        status: 'True',
        reason: type === 'Accepted' ? 'SpecValid' : 'Available',
        message:
          type === 'Accepted' ? 'The spec can work.' : 'As it should be.',
        lastTransitionTime: at,
      };
    }
    const isFirst = index === done;
    const rest = { type, status: 'False' as const, lastTransitionTime: at };
    if (phase === 'Error' && (isFirst || type === 'Ready')) {
      return {
        ...rest,
        reason: 'SourceForbidden',
        message: failure?.why ?? stage,
      };
    }
    return isFirst
      ? { ...rest, reason: phase, message: stage }
      : {
          ...rest,
          reason: 'WaitingForWeights',
          message: 'Starts when WeightsReady is true.',
        };
  });
}

function stagesOf(options: FakeModelOptions, now: number): ModelStage[] {
  const { phase, stage, sinceMs } = options;
  const names = ['Pending', 'Downloading', 'Starting', 'Ready'] as const;
  const current = {
    Pending: 0,
    Downloading: 1,
    Starting: 2,
    Error: 1,
    Degraded: 4,
    Ready: 4,
  }[phase];
  const since = now - sinceMs;
  const iso = (ms: number) => new Date(ms).toISOString();
  const doneText = [
    'Accepted; 14 objects applied',
    'Weights are on the volume',
    'The server answers its probes',
    'The gateway has accepted the policy',
  ];
  return names.map((name, index) => {
    if (index < current) {
      const end = since - (current - 1 - index) * 6 * MINUTE;
      return {
        name,
        state: 'done',
        text: doneText[index],
        startedAt: iso(end - 5 * MINUTE),
        endedAt: iso(end),
      };
    }
    if (index === current) {
      return {
        name,
        state: phase === 'Error' ? 'failed' : 'current',
        text: stage,
        startedAt: iso(since),
      };
    }
    return {
      name,
      state: 'ahead',
      text: 'Starts when the stage before is done',
    };
  });
}

/** A model with everything that its page shows, consistent with its phase. */
export function fakeModel(options: FakeModelOptions, now: number): ModelDetail {
  const namespace = 'llm-operator-system';
  const { name, modelId, phase, stage, sinceMs } = options;
  const [ready, desired] = options.replicas ?? [0, 1];
  const perReplica = options.perReplica ?? 1;
  const at = new Date(now - sinceMs).toISOString();
  const createdAt = new Date(
    now - (options.ageMs ?? sinceMs + 20 * MINUTE),
  ).toISOString();
  const serves = phase === 'Ready' || phase === 'Degraded';
  const addresses = {
    internal: 'https://llm-internal.slipway.localhost:18443/v1',
    external: 'https://llm.slipway.localhost:18443/v1',
  };
  return {
    uid: `uid-${name}`,
    namespace,
    name,
    modelId,
    phase,
    stage,
    phaseSince: at,
    download: options.download,
    replicas: { ready, desired },
    gpus: { perReplica, total: perReplica * desired, type: 'nvidia' },
    openTo: options.openTo ?? { everyone: true, groups: [] },
    endpoints: serves ? addresses : {},
    addresses,
    access: options.access ?? 'open',
    owner: options.owner ?? 'group:default/platform-admins',
    createdAt,
    source: { type: 'huggingface', reference: modelId, revision: '9d90cf8' },
    generation: 1,
    observedGeneration: 1,
    conditions: conditionsOf(options, at),
    stages: stagesOf(options, now),
    failure: options.failure,
    pods: [
      ...(phase === 'Downloading' || phase === 'Error'
        ? [
            {
              name: `${name}-download-9d90cf8-x2lkq`,
              role: 'download' as const,
              state: phase === 'Error' ? 'Error' : 'Running',
              ready: false,
              node: 'cpu-1',
              gpus: 0,
              restarts: phase === 'Error' ? 4 : 0,
              containers: ['model-downloader'],
              createdAt: at,
            },
          ]
        : []),
      ...(serves || phase === 'Starting'
        ? Array.from({ length: desired }, (_, index) => ({
            name: `${name}-7c9d8b6f5-${'abcdefgh'[index]}k2vw`,
            role: 'server' as const,
            state:
              index < ready || phase === 'Starting'
                ? 'Running'
                : 'CrashLoopBackOff',
            message:
              index < ready || phase === 'Starting'
                ? undefined
                : 'CUDA out of memory; restarts in 2 min 40 s',
            ready: index < ready,
            node: `gpu-a-${index + 1}`,
            gpus: perReplica,
            restarts: index < ready ? 0 : 7,
            containers: ['vllm'],
            createdAt: at,
          }))
        : []),
      ...(phase === 'Pending'
        ? []
        : [
            {
              name: `${name}-epp-5d8f7c9b4-m8q2x`,
              role: 'endpoint-picker' as const,
              state: 'Running',
              ready: true,
              node: 'cpu-1',
              gpus: 0,
              restarts: 0,
              containers: ['epp'],
              createdAt: at,
            },
          ]),
    ],
    events: [
      {
        type: phase === 'Error' ? 'Warning' : 'Normal',
        reason: phase === 'Error' ? 'DownloadFailed' : phase,
        message: stage,
        object: `LLMModel/${name}`,
        source: 'slipway-operator',
        count: phase === 'Error' ? 4 : 1,
        lastSeen: at,
      },
      {
        type: 'Normal',
        reason: 'Accepted',
        message: 'LLMModel accepted; 14 objects planned',
        object: `LLMModel/${name}`,
        source: 'slipway-operator',
        count: 1,
        lastSeen: createdAt,
      },
    ],
    objects: [
      ['apps/v1', 'Deployment', name, `${ready}/${desired} ready`],
      ['v1', 'Service', name, undefined],
      ['v1', 'PersistentVolumeClaim', `${name}-weights`, 'Bound'],
      ['batch/v1', 'Job', `${name}-download-9d90cf8`, 'Complete'],
      [
        'gateway.envoyproxy.io/v1alpha1',
        'SecurityPolicy',
        `${name}-internal`,
        'Accepted',
      ],
      [
        'aigateway.envoyproxy.io/v1beta1',
        'AIGatewayRoute',
        `${name}-internal`,
        'Accepted',
      ],
    ].map(([apiVersion = '', kind = '', objectName = '', state]) => ({
      apiVersion,
      kind,
      name: objectName,
      state,
      createdAt,
    })),
    token: {
      issuer: 'http://localhost:18080',
      tokenEndpoint: 'http://localhost:18080/token',
      deviceEndpoint: 'http://localhost:18080/device/auth',
      audience: 'llm',
      clientId: 'slipway-cli',
    },
  };
}

/** One model in each situation that the pages have to show. */
export function fakeModels(now: number): ModelDetail[] {
  const options: FakeModelOptions[] = [
    {
      name: 'devstral-small',
      modelId: 'mistralai/Devstral-Small-2505',
      phase: 'Ready',
      stage: 'Serving',
      sinceMs: 23 * DAY,
      replicas: [3, 3],
      openTo: { everyone: false, groups: ['developers'] },
      owner: 'group:default/developers',
    },
    {
      name: 'qwen3.5-35b-a3b',
      modelId: 'Qwen/Qwen3.5-35B-A3B-GPTQ-Int4',
      phase: 'Ready',
      stage: 'Serving',
      sinceMs: 11 * DAY,
      replicas: [2, 2],
    },
    {
      name: 'llama-3.3-70b',
      modelId: 'meta-llama/Llama-3.3-70B-Instruct',
      phase: 'Degraded',
      stage: '1 of 2 replicas restarts: out of GPU memory',
      sinceMs: 22 * MINUTE,
      replicas: [1, 2],
      perReplica: 4,
      openTo: { everyone: false, groups: ['research', 'llm'] },
      owner: 'group:default/research',
      failure: {
        title: 'Replica 2 restarts: out of GPU memory',
        what: 'Container vllm of llama-3.3-70b-7c9d8b6f5-bk2vw was killed 7 times. Replica 1 serves; the model is Degraded.',
        why: 'CUDA ran out of memory while the server loaded: the context of 131,072 tokens does not fit beside the weights.',
        who: 'Research, the owner, can change the model.',
        todo: [
          'Lower --max-model-len in spec.serving.extraArgs.',
          'Or ask for more GPUs per replica.',
        ],
        since: new Date(now - 22 * MINUTE).toISOString(),
      },
    },
    {
      name: 'qwen3-coder-480b',
      modelId: 'Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8',
      phase: 'Downloading',
      stage: 'Weights go to the shared volume; no GPU is held',
      sinceMs: 18 * MINUTE + 12_000,
      perReplica: 8,
      download: { bytesDone: 312.4 * GIB, bytesTotal: 449 * GIB },
      openTo: { everyone: false, groups: ['developers'] },
      owner: 'group:default/developers',
    },
    {
      name: 'mistral-small-3.2',
      modelId: 'mistralai/Mistral-Small-3.2-24B-Instruct-2506',
      phase: 'Starting',
      stage: 'Loading weights onto the GPU',
      sinceMs: 2 * MINUTE + 10_000,
      access: 'on-request',
      openTo: { everyone: false, groups: ['support'] },
      owner: 'group:default/support',
    },
    {
      name: 'gemma-3-27b',
      modelId: 'google/gemma-3-27b-it',
      phase: 'Pending',
      stage: 'Waits for 2 free GPUs: 0/4 nodes are available',
      sinceMs: 3 * 60 * MINUTE,
      perReplica: 2,
      access: 'on-request',
      openTo: { everyone: false, groups: ['research'] },
      owner: 'group:default/research',
    },
    {
      name: 'llama-guard-4-12b',
      modelId: 'meta-llama/Llama-Guard-4-12B',
      phase: 'Error',
      stage: 'Weights refused: licence not accepted',
      sinceMs: 11 * MINUTE,
      failure: {
        title: 'The weights can’t be downloaded: huggingface.co refused access',
        what: 'Download job llama-guard-4-12b-download-9d90cf8, try 4 of 6, stopped at 0 of 24.0 GiB. No GPU is held. Calls are refused.',
        why: 'huggingface.co answered 403 for meta-llama/Llama-Guard-4-12B: the repository is gated and the account behind the Secret hf-token has not accepted its licence.',
        who: 'Who owns the account behind the Secret hf-token; or the model’s owner, by naming another Secret.',
        todo: [
          'Accept the licence with that account.',
          'Or name another Secret in spec.model.authSecretName.',
          'It is tried again by itself.',
        ],
        since: new Date(now - 11 * MINUTE).toISOString(),
      },
    },
    {
      name: 'qwen3-embedding-8b',
      modelId: 'Qwen/Qwen3-Embedding-8B',
      phase: 'Ready',
      stage: 'Serving',
      sinceMs: 41 * DAY,
      replicas: [2, 2],
      access: 'on-request',
      openTo: {
        everyone: false,
        groups: ['search', 'ranking', 'recommendations'],
      },
    },
    {
      name: 'bge-m3',
      modelId: 'BAAI/bge-m3',
      phase: 'Ready',
      stage: 'Serving',
      sinceMs: 96 * DAY,
      replicas: [2, 2],
      perReplica: 0,
    },
  ];
  return options.map(each => fakeModel(each, now));
}
