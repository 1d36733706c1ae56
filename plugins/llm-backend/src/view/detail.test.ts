import { LlmModel } from '@slipway/plugin-llm-common';
import { REASONS, meaningOf } from '../models/conditions';
import { toDetailFacts } from './detail';
import { lastProgress } from './DownloadReadings';
import { PodView, podState, toModelPod } from './pods';
import { openEndpoints, toFacts } from './summary';

const at = (minute: number) =>
  `2026-11-20T10:${String(minute).padStart(2, '0')}:00Z`;

function model(
  phase: string,
  conditions: [string, string, string, number?][],
): LlmModel {
  return {
    apiVersion: 'llm.nebari.dev/v1alpha1',
    kind: 'LLMModel',
    metadata: {
      name: 'm',
      namespace: 'n',
      uid: 'u',
      generation: 3,
      creationTimestamp: at(0),
    },
    spec: {
      model: { name: 'org/m', source: 'huggingface', revision: 'abc' },
      resources: { gpu: { count: 4, type: 'nvidia' } },
      access: { public: true },
    },
    status: {
      phase,
      observedGeneration: 3,
      replicas: { ready: phase === 'Ready' ? 1 : 0, desired: 1 },
      conditions: conditions.map(([type, status, reason, minute = 1]) => ({
        type,
        status,
        reason,
        message: `${type} says ${reason}`,
        lastTransitionTime: at(minute),
      })),
    },
  };
}

function detailOf(candidate: LlmModel) {
  const facts = toFacts(candidate, {});
  return { ...facts, ...toDetailFacts(candidate, facts) };
}

describe('the page of a model', () => {
  it('shows how long each stage took, and which comes next', () => {
    const { stages, stage, failure } = detailOf(
      model('Starting', [
        ['Ready', 'False', 'Starting'],
        ['Accepted', 'True', 'SpecValid', 1],
        ['WeightsReady', 'True', 'Downloaded', 9],
        ['WorkloadReady', 'False', 'LoadingWeights', 10],
      ]),
    );
    expect(stages).toEqual([
      expect.objectContaining({
        name: 'Pending',
        state: 'done',
        startedAt: at(0),
        endedAt: at(1),
      }),
      expect.objectContaining({
        name: 'Downloading',
        state: 'done',
        startedAt: at(1),
        endedAt: at(9),
      }),
      expect.objectContaining({
        name: 'Starting',
        state: 'current',
        startedAt: at(9),
      }),
      expect.objectContaining({ name: 'Ready', state: 'ahead' }),
    ]);
    expect(stage).toBe('WorkloadReady says LoadingWeights');
    expect(failure).toBeUndefined();
  });

  it.each(
    Object.keys(REASONS).filter(reason => meaningOf(reason) === 'broken'),
  )('says what to do about %s', reason => {
    const { failure } = detailOf(
      model('Error', [
        ['Accepted', 'True', 'SpecValid'],
        ['WeightsReady', 'False', reason],
        ['WorkloadReady', 'False', 'WaitingForWeights'],
      ]),
    );
    expect(failure).toMatchObject({
      why: `WeightsReady says ${reason}`,
      since: at(1),
    });
    expect(failure?.todo.length).toBeGreaterThan(0);
    expect(failure?.title).toBeTruthy();
    expect(failure?.who).toMatch(/\.$/);
  });

  it('has no failure card for what ends by itself, or is switched off on purpose', () => {
    expect(
      detailOf(model('Downloading', [['WeightsReady', 'False', 'Downloading']]))
        .failure,
    ).toBeUndefined();
    const ready = detailOf(
      model('Ready', [
        ['Ready', 'True', 'Serving'],
        ['ExternalEndpointReady', 'False', 'EndpointDisabled'],
      ]),
    );
    expect(ready.failure).toBeUndefined();
    expect(ready.stage).toBe('Serving');
  });

  it('says that a model waits for the operator before it has a status', () => {
    const { status: _status, ...fresh } = model('Pending', []);
    expect(detailOf(fresh)).toMatchObject({
      phase: 'Pending',
      stage: 'Waits for the operator to see it',
      replicas: { ready: 0, desired: 1 },
    });
  });
});

describe('a pod', () => {
  const pod = (status: PodView['status'], more: object = {}): PodView => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n' },
    spec: {
      containers: [
        {
          name: 'vllm',
          resources: { limits: { 'nvidia.com/gpu': '2', memory: '1Gi' } },
        },
      ],
    },
    status,
    ...more,
  });

  it('is in the state that kubectl shows', () => {
    const waiting = (reason: string) => ({
      name: 'vllm',
      state: { waiting: { reason, message: 'because' } },
    });
    expect(
      podState(
        pod({
          phase: 'Running',
          containerStatuses: [{ name: 'vllm', state: { running: {} } }],
        }),
      ),
    ).toBe('Running');
    expect(podState(pod({ phase: 'Pending' }))).toBe('Pending');
    expect(
      podState(
        pod({
          phase: 'Pending',
          containerStatuses: [waiting('ImagePullBackOff')],
        }),
      ),
    ).toBe('ImagePullBackOff');
    expect(
      podState(
        pod({
          phase: 'Pending',
          initContainerStatuses: [
            { name: 'model-loader', state: { running: {} } },
          ],
          containerStatuses: [waiting('PodInitializing')],
        }),
      ),
    ).toBe('Init:0/1');
    expect(podState(pod({ phase: 'Succeeded' }))).toBe('Completed');
    expect(
      podState(
        pod({
          phase: 'Failed',
          containerStatuses: [
            { name: 'x', state: { terminated: { exitCode: 3 } } },
          ],
        }),
      ),
    ).toBe('ExitCode:3');
    expect(
      podState(
        pod(
          { phase: 'Running' },
          { metadata: { name: 'p', deletionTimestamp: at(1) } },
        ),
      ),
    ).toBe('Terminating');
  });

  it('tells its GPUs, restarts and why it does not run', () => {
    const row = toModelPod(
      pod({
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/4 nodes are available',
          },
        ],
        containerStatuses: [{ name: 'vllm', restartCount: 2 }],
      }),
      'nvidia.com/gpu',
    );
    expect(row).toMatchObject({
      role: 'server',
      gpus: 2,
      restarts: 2,
      message: '0/4 nodes are available',
      ready: false,
    });
  });

  it.each(['gpu.intel.com/i915', 'nvidia.com/mig-1g.5gb'])(
    'counts GPUs that are %s, and nothing else',
    resource => {
      const limits = { [resource]: '3', 'nvidia.com/gpu': '1', cpu: '8' };
      const spec = { containers: [{ name: 'vllm', resources: { limits } }] };
      expect(toModelPod(pod({}, { spec }), resource).gpus).toBe(3);
    },
  );
});

describe('a pod that failed', () => {
  it.each([
    [
      '{"reason":"SourceForbidden","message":"It answered 403."}',
      'It answered 403.',
    ],
    ['{"reason":"x"}', '{"reason":"x"}'],
    ['killed', 'killed'],
  ])('says why: %s', (message, shown) => {
    const failed: PodView = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'n' },
      spec: { containers: [{ name: 'model-downloader' }] },
      status: {
        phase: 'Failed',
        containerStatuses: [
          {
            name: 'model-downloader',
            state: { terminated: { exitCode: 13, reason: 'Error', message } },
          },
        ],
      },
    };
    expect(toModelPod(failed, 'nvidia.com/gpu')).toMatchObject({
      role: 'download',
      state: 'Error',
      message: shown,
    });
  });
});

describe('the progress of a download', () => {
  it('is that of the last whole line; other lines are passed over', () => {
    expect(
      lastProgress(
        '{"bytesDone":1}\n{"bytesDone":5,"bytesTotal":9}\nwarning\n{"bytesDo',
      ),
    ).toEqual({
      bytesDone: 5,
      bytesTotal: 9,
    });
    expect(lastProgress('')).toBeUndefined();
    expect(lastProgress('{"bytesDone":"many"}')).toBeUndefined();
  });
});

describe('the endpoints of a model', () => {
  it('leave out the external one where the gateway judges alone: it knows no keys', () => {
    const [external, internal] = ['https://out/v1', 'https://in/v1'];
    const both = { external, internal };
    expect(openEndpoints(both, 'gateway')).toEqual({ internal });
    expect(openEndpoints(both, 'authorizer')).toEqual(both);
    expect(openEndpoints(both, undefined)).toEqual(both);
  });
});
