import { kinds } from '../kinds';
import {
  claimOf,
  conditionOf,
  downloadJob,
  NS,
  testWorld,
} from '../testing/testWorld';

function withClaim(
  options: Parameters<typeof testWorld>[0] = {},
  size = '100Gi',
) {
  const world = testWorld(options);
  world.cluster.create(kinds.claims, claimOf('weights', {}, size));
  return world;
}

const terminated = (world: ReturnType<typeof testWorld>) =>
  world.pods().map(pod => pod.status?.containerStatuses[0].state.terminated);

describe('Jobs and downloads', () => {
  it('a download completes and says so in progress lines, in the pod and in the Job', () => {
    const world = withClaim();
    world.cluster.create(kinds.jobs, downloadJob('fetch', 'Qwen/Qwen3-8B'));
    world.clock.advance();
    expect(world.errors).toEqual([]);
    expect(world.job('fetch')?.status).toMatchObject({
      succeeded: 1,
      completionTime: expect.any(String),
    });
    expect(conditionOf(world.job('fetch'), 'SuccessCriteriaMet')).toBe(
      'True CompletionsReached',
    );
    expect(conditionOf(world.job('fetch'), 'Complete')).toBe(
      'True CompletionsReached',
    );
    const [pod] = world.pods();
    expect(pod.status?.phase).toBe('Succeeded');
    expect(pod.metadata.finalizers ?? []).toEqual([]);
    const { lines } = world.kubelet.read(NS, pod.metadata.name, {
      container: 'model-downloader',
    });
    const reports: { event: string; bytesDone: number; bytesTotal: number }[] =
      lines.map(({ text }) => JSON.parse(text));
    expect(reports.at(-1)).toMatchObject({
      event: 'done',
      model: 'Qwen/Qwen3-8B',
      bytes: 16.4e9,
    });
    expect(reports.at(-2)).toMatchObject({
      event: 'progress',
      bytesDone: 16.4e9,
      bytesTotal: 16.4e9,
    });
    expect(
      reports.filter(({ event }) => event === 'progress').length,
    ).toBeGreaterThan(5);
  });

  it('weights that are on the claim already are not fetched again', () => {
    const world = withClaim({ delays: { scale: 1 } });
    world.cluster.create(
      kinds.jobs,
      downloadJob('first', 'meta-llama/Llama-3.1-8B-Instruct', [
        { name: 'HF_TOKEN', value: 'hf_x' },
      ]),
    );
    world.clock.advance(30_000);
    expect(conditionOf(world.job('first'), 'Complete')).toBe(
      'True CompletionsReached',
    );
    world.cluster.create(
      kinds.jobs,
      downloadJob('second', 'meta-llama/Llama-3.1-8B-Instruct'),
    );
    world.clock.advance(4_000);
    expect(conditionOf(world.job('second'), 'Complete')).toBe(
      'True CompletionsReached',
    );
  });

  it.each([
    ['what a download made goes, so that others fit', 'one-0000000a', true],
    ['what somebody else put there stays', 'my-weights', false],
  ])(
    'of weights on a claim that nobody serves any more %s',
    (_, first, makesRoom) => {
      const world = withClaim({}, '20Gi');
      const job = (name: string, model: string, directory: string) => {
        const hash = directory.slice(-8);
        const made = downloadJob(name, model, [
          { name: 'MODEL_VOLUME', value: '/model-cache' },
          { name: 'MODEL_DIR', value: `/model-cache/${directory}` },
          { name: 'MODEL_MARKER', value: `/model-cache/.${hash}.complete` },
        ]);
        made.spec.template.spec.containers[0].name =
          name === 'clean' ? 'model-cleaner' : 'model-downloader';
        world.cluster.create(kinds.jobs, made);
        world.clock.advance();
      };
      job('one', 'some/one', first);
      job('two', 'some/two', 'two-0000000b');
      expect(world.job('two')?.status?.failed).toBeGreaterThan(0);
      job('clean', 'some/two', 'two-0000000b');
      expect(conditionOf(world.job('clean'), 'Complete')).toBe(
        'True CompletionsReached',
      );
      job('again', 'some/two', 'two-0000000b');
      expect(world.job('again')?.status?.succeeded).toBe(
        makesRoom ? 1 : undefined,
      );
    },
  );

  it.each([
    ['missing/model', [], 'SourceNotFound', /answered 404 for missing\/model/],
    [
      'gated/model',
      [],
      'SourceForbidden',
      /answered 401 for gated\/model: name a Secret with a token/,
    ],
    [
      'gated/model',
      [{ name: 'HF_TOKEN', value: 'hf_refused' }],
      'SourceForbidden',
      /answered 403/,
    ],
    [
      'deepseek-ai/DeepSeek-R1-Distill-Llama-70B',
      [],
      'DiskFull',
      /needs 131\.3 GiB but the volume has room for 100\.0 GiB/,
    ],
  ])(
    'a download of %s with %j fails with reason %s',
    (model, env, reason, text) => {
      const world = withClaim();
      world.cluster.create(
        kinds.jobs,
        downloadJob('fetch', model, env, { backoffLimit: 0 }),
      );
      world.clock.advance();
      const [end] = terminated(world);
      expect(end).toMatchObject({ reason: 'Error' });
      expect(end.exitCode).toBeGreaterThan(12);
      expect(JSON.parse(end.message)).toEqual({
        reason,
        message: expect.stringMatching(text),
      });
      expect(conditionOf(world.job('fetch'), 'FailureTarget')).toBe(
        'True BackoffLimitExceeded',
      );
      expect(conditionOf(world.job('fetch'), 'Failed')).toBe(
        'True BackoffLimitExceeded',
      );
      expect(world.events('fetch')).toContain(
        'BackoffLimitExceeded: Job has reached the specified backoff limit',
      );
    },
  );

  it('a failing download is repeated after growing pauses, and succeeds once the source answers', () => {
    const world = withClaim({
      delays: {
        scale: 1,
        schedulingMs: 0,
        provisioningMs: 0,
        podSetupMs: 0,
        imagePullMs: 0,
      },
    });
    const heal = world.hub.fail('some/model', 'SourceUnreachable');
    world.cluster.create(kinds.jobs, downloadJob('fetch', 'some/model'));
    world.clock.advance(29_000);
    expect(
      terminated(world).map(end => JSON.parse(end.message).reason),
    ).toEqual(['SourceUnreachable', 'SourceUnreachable']);
    heal();
    world.clock.advance(60_000);
    expect(world.job('fetch')?.status).toMatchObject({
      failed: 2,
      succeeded: 1,
    });
  });

  it('a Job past its deadline is stopped and failed', () => {
    const world = withClaim({ delays: { scale: 1 } });
    world.hub.bytesPerSecond = 1;
    world.cluster.create(
      kinds.jobs,
      downloadJob('fetch', 'some/model', [], { activeDeadlineSeconds: 60 }),
    );
    world.clock.advance(59_000);
    expect(world.job('fetch')?.status?.active).toBe(1);
    world.clock.advance(5_000);
    expect(conditionOf(world.job('fetch'), 'Failed')).toBe(
      'True DeadlineExceeded',
    );
    expect(world.pods()).toEqual([]);
  });

  it('a suspended Job runs nothing, and starts when it is resumed', () => {
    const world = withClaim();
    world.cluster.create(
      kinds.jobs,
      downloadJob('fetch', 'some/model', [], { suspend: true }),
    );
    world.clock.advance();
    expect(world.pods()).toEqual([]);
    expect(conditionOf(world.job('fetch'), 'Suspended')).toBe(
      'True JobSuspended',
    );
    world.cluster.update(kinds.jobs, NS, 'fetch', 'test', draft => {
      draft.spec.suspend = false;
    });
    world.clock.advance();
    expect(conditionOf(world.job('fetch'), 'Complete')).toBe(
      'True CompletionsReached',
    );
  });

  it('a finished Job with a time to live is deleted with its pods', () => {
    const world = withClaim();
    world.cluster.create(
      kinds.jobs,
      downloadJob('fetch', 'some/model', [], { ttlSecondsAfterFinished: 60 }),
    );
    world.clock.advance(59_000);
    expect(world.job('fetch')).toBeDefined();
    world.clock.advance(2_000);
    expect([world.job('fetch'), world.pods()]).toEqual([undefined, []]);
  });

  it('a failure that the policy calls final is not repeated', () => {
    const world = withClaim();
    const podFailurePolicy = {
      rules: [
        {
          action: 'FailJob',
          onExitCodes: {
            containerName: 'model-downloader',
            operator: 'In',
            values: [13, 14, 15],
          },
        },
      ],
    };
    world.cluster.create(
      kinds.jobs,
      downloadJob('fetch', 'missing/x', [], { podFailurePolicy }),
    );
    world.clock.advance();
    expect(conditionOf(world.job('fetch'), 'Failed')).toBe(
      'True PodFailurePolicy',
    );
    expect(world.pods()).toHaveLength(1);
  });

  it('a Job that is deleted while it runs leaves no pod behind', () => {
    const world = withClaim({ delays: { scale: 1 } });
    world.hub.bytesPerSecond = 1;
    world.cluster.create(kinds.jobs, downloadJob('fetch', 'some/model'));
    world.clock.advance(10_000);
    expect(world.pods()[0].status?.phase).toBe('Running');
    world.cluster.delete(kinds.jobs, NS, 'fetch');
    world.clock.advance(10_000);
    expect(world.pods()).toEqual([]);
  });
});
