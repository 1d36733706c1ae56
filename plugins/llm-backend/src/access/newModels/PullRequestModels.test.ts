import { mockServices } from '@backstage/backend-test-utils';
import { KubeApiError } from '@slipway/controller';
import type { Knex } from 'knex';
import { parse } from 'yaml';
import { exampleModel } from '../../models/__testUtils__/examples';
import {
  NAMESPACE,
  OperatorOnSandbox,
} from '../../models/__testUtils__/onSandbox';
import { databaseIds, newDatabase } from '../__testUtils__/onDatabases';
import { World } from '../__testUtils__/world';
import { AccessService } from '../AccessService';
import { newsSince } from '../news';
import { ClusterModels } from './ClusterModels';
import { PullRequestModels } from './PullRequestModels';
import { FakeGithub, Fault } from './pullRequests/__testUtils__/FakeGithub';
import { readPullRequestSettings } from './pullRequests/readSettings';

let cluster: OperatorOnSandbox;

beforeAll(async () => {
  cluster = await OperatorOnSandbox.start();
});

afterAll(async () => {
  await cluster.stop();
});

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 86_400 * SECOND;
let run = 0;

describe.each(databaseIds)('a new model by pull request, on %s', databaseId => {
  let world: World;
  let knex: Knex;
  let github: FakeGithub;
  let access: AccessService;
  let name: string;

  /** A portal on this database, as it is after a start. */
  const startPortal = (token?: string) => {
    const { host, change, remindDays } = readPullRequestSettings(
      mockServices.rootConfig({
        data: {
          app: { baseUrl: 'https://portal.example.com/' },
          ...github.config(token),
        },
      }),
      undefined,
    );
    return world.service(knex, {
      newModels: PullRequestModels.create({
        cluster: ClusterModels.create(cluster.client),
        host,
        settings: change,
      }),
      remindDays,
    });
  };

  beforeEach(async () => {
    name = `proposed-${++run}`;
    world = new World();
    knex = await newDatabase(databaseId);
    github = await FakeGithub.start();
    access = startPortal();
  });

  afterEach(async () => {
    await github.stop();
  });

  const pass = (ms: number) => {
    world.time = new Date(world.time.getTime() + ms);
  };
  const approved = async () => {
    const { apiVersion, kind, spec } = exampleModel();
    const { id } = await access.newModels.ask(world.caller('mara'), {
      manifest: {
        apiVersion,
        kind,
        metadata: { name, namespace: NAMESPACE },
        spec,
      },
      reason: 'for code reviews',
    });
    await access.requests.decide(world.caller('priya'), id, {
      step: 'approve',
    });
    return id;
  };
  const progress = async (id: string, who = 'mara') => {
    const caller = world.caller(who);
    const request = await access.requests.get(caller, id);
    return (await access.summaries.request(caller, request)).progress;
  };
  const file = () => `models/${NAMESPACE}/${name}.yaml`;
  /** What the audit log says of new models, and forgets nothing of. */
  const told = async () =>
    (await newsSince(knex, 0, 1_000)).news
      .filter(({ kind }) => kind === 'new-model')
      .map(({ action, comment }) => [action, comment ?? ''].join(' ').trim());

  it('is proposed once approved, and made by who merges it; then who asked has what apply would give', async () => {
    const id = await approved();
    expect(await progress(id)).toEqual({ state: 'making', mayRetry: false });
    expect(github.requests).toEqual([]);

    expect(await access.newModels.advanceApproved()).toBe(0);
    const [pull] = github.pulls;
    expect(await progress(id)).toEqual({
      state: 'proposed',
      mayRetry: false,
      pullRequest: {
        url: pull.html_url,
        state: 'open',
        since: world.time.toISOString(),
      },
    });
    expect(pull).toMatchObject({
      title: `Add model ${NAMESPACE}/${name}`,
      head: { ref: `slipway/${id}` },
      base: { ref: 'main' },
    });
    for (const part of [
      '`user:default/mara` of tenant `portal`',
      '`user:default/priya`',
      `https://portal.example.com/access/requests?request=${id}`,
      '```text\nfor code reviews\n```',
    ]) {
      expect(pull.body).toContain(part);
    }
    expect(cluster.model(name)).toBeUndefined();

    github.close(1, { merge: true });
    pass(30 * SECOND);
    await access.newModels.advanceApproved();
    expect(await progress(id)).toMatchObject({ state: 'merged' });

    const proposed = parse(github.branches.get('main')?.get(file()) ?? '');
    await cluster.apply(proposed);
    pass(30 * SECOND);
    expect(await access.newModels.advanceApproved()).toBe(1);
    expect(await access.newModels.advanceApproved()).toBe(0);
    expect(await progress(id)).toMatchObject({
      state: 'made',
      pullRequest: { url: pull.html_url },
    });
    // The same object as in apply mode.
    const { manifest } = (await access.requests.get(world.caller('mara'), id))
      .newModel ?? { manifest: undefined };
    expect(proposed).toEqual({
      ...manifest,
      metadata: {
        ...manifest?.metadata,
        annotations: {
          'slipway.dev/owner': 'user:default/mara',
          'slipway.dev/request': id,
        },
      },
    });
    expect((await access.grants.list(world.caller('mara'))).items).toEqual([]);
    expect(await told()).toEqual(['model-proposed', 'model-made']);
    expect(await access.verifyAudit()).toMatchObject({ intact: true });
  });

  it.each<[string, Fault]>(
    [
      'GET pulls',
      'GET',
      'GET git/ref',
      'POST git/refs',
      'GET contents',
      'PUT contents',
      'POST pulls',
    ].flatMap((request): [string, Fault][] => [
      [request, 'cut-before'],
      [request, 'cut-after'],
    ]),
  )(
    'is proposed once when the portal dies at %s (%s)',
    async (request, fault) => {
      const id = await approved();
      let broken = false;
      github.fault = asked => {
        const breaks = !broken && asked === request;
        broken ||= breaks;
        return breaks ? fault : undefined;
      };
      await access.newModels.advanceApproved();
      expect(broken).toBe(true);
      expect(await progress(id)).toMatchObject({ state: 'making' });

      access = startPortal();
      pass(5 * SECOND);
      await access.newModels.advanceApproved();
      expect(await progress(id)).toMatchObject({
        state: 'proposed',
        pullRequest: { url: github.pulls[0].html_url },
      });
      expect([github.pulls.length, github.commits]).toEqual([1, 1]);
      expect([...github.branches.keys()]).toEqual(['main', `slipway/${id}`]);
    },
  );

  it('finds the pull request that it made before it died and could note it, also when that was merged meanwhile', async () => {
    const id = await approved();
    const before = await knex('new_models').where('request_id', id).first();
    await access.newModels.advanceApproved();
    await knex('new_models').where('request_id', id).update(before);
    github.close(1, { merge: true });

    access = startPortal();
    await access.newModels.advanceApproved();
    expect(await progress(id)).toMatchObject({ state: 'merged' });
    expect(github.pulls).toHaveLength(1);
  });

  it('is proposed once by portals that do so at the same time', async () => {
    const id = await approved();
    const portals = [access, startPortal(), startPortal()];
    await Promise.all(
      portals.map(({ newModels }) => newModels.advanceApproved()),
    );
    pass(MINUTE);
    await Promise.all(
      portals.map(({ newModels }) => newModels.advanceApproved()),
    );
    expect(await progress(id)).toMatchObject({ state: 'proposed' });
    expect([github.pulls.length, github.commits]).toEqual([1, 1]);
    expect(await told()).toEqual(['model-proposed']);
  });

  it('waits longer after each failure, says why, and tells the admins in the end', async () => {
    const id = await approved();
    github.fault = () => ({ status: 502, message: 'Bad Gateway' });
    const tries: number[] = [];
    for (let second = 0; second < 1_300; second++) {
      const before = github.requests.length;
      await access.newModels.advanceApproved();
      if (github.requests.length > before) {
        tries.push(second);
      }
      pass(SECOND);
    }
    expect(tries).toEqual([0, 5, 15, 35, 75, 155, 315, 635, 1235]);
    expect(await progress(id, 'priya')).toEqual({
      state: 'making',
      problem: 'GitHub does not answer as it should (502): Bad Gateway',
      mayRetry: true,
    });
    expect(await told()).toEqual([
      expect.stringMatching(/^model-waits GitHub/),
    ]);

    github.fault = () => undefined;
    await access.newModels.retry(world.caller('priya'), id);
    await access.newModels.advanceApproved();
    expect(await progress(id)).toMatchObject({ state: 'proposed' });
  });

  it.each<[string, Fault]>([
    [
      'the rate limit',
      {
        status: 403,
        message: 'API rate limit exceeded',
        headers: {
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': `${Date.parse('2026-11-20T08:30:00Z') / 1_000}`,
        },
      },
    ],
    [
      'a second rate limit',
      { status: 429, message: 'slow down', headers: { 'retry-after': '1800' } },
    ],
  ])('leaves GitHub alone for as long as %s says', async (_what, fault) => {
    const clock = jest.spyOn(Date, 'now');
    clock.mockReturnValue(world.time.getTime());
    const id = await approved();
    github.fault = () => fault;
    await access.newModels.advanceApproved();
    clock.mockRestore();
    expect(github.requests).toHaveLength(1);
    expect(await progress(id)).toMatchObject({
      state: 'making',
      problem: expect.stringContaining('rate limit'),
    });
    github.fault = () => undefined;
    pass(29 * MINUTE);
    await access.newModels.advanceApproved();
    expect(github.requests).toHaveLength(1);
    pass(MINUTE);
    await access.newModels.advanceApproved();
    expect(await progress(id)).toMatchObject({ state: 'proposed' });
  });

  it.each<[string, string, Fault | undefined, RegExp]>([
    ['a token that is not accepted', 'wrong', undefined, /replace the token/],
    [
      'a token that must not write',
      '',
      { status: 403, message: 'Resource not accessible by integration' },
      /write access to its contents and pull requests\. GitHub says: Resource/,
    ],
    [
      'a repository that is not there',
      '',
      { status: 404, message: 'Not Found' },
      /see llm\.newModels\.pullRequest\.repoUrl/,
    ],
    [
      'a proposal that is not taken',
      '',
      { status: 422, message: 'Repository rule violations found' },
      /does not take the proposal to .*acme\/models: Repository rule/,
    ],
  ])(
    'stops at %s, says what to do, and goes on when an admin wants it',
    async (_what, token, fault, problem) => {
      const id = await approved();
      access = startPortal(token || undefined);
      github.fault = asked => (asked === 'GET pulls' ? fault : undefined);
      await access.newModels.advanceApproved();
      pass(MINUTE);
      await access.newModels.advanceApproved();
      expect(await progress(id, 'priya')).toEqual({
        state: 'stopped',
        problem: expect.stringMatching(problem),
        mayRetry: true,
      });
      expect(await told()).toEqual([expect.stringMatching(/^model-stopped/)]);
      expect(await progress(id, 'mara')).toMatchObject({ mayRetry: false });
      await expect(
        access.newModels.retry(world.caller('mara'), id),
      ).rejects.toThrow(/for platform admins/);
      await expect(
        access.newModels.retry(world.caller('otto'), id),
      ).rejects.toThrow(/that you may see/);

      access = startPortal();
      github.fault = () => undefined;
      await access.newModels.retry(world.caller('priya'), id);
      await access.newModels.advanceApproved();
      expect(await progress(id)).toMatchObject({ state: 'proposed' });
      await expect(
        access.newModels.retry(world.caller('priya'), id),
      ).rejects.toThrow(/nothing to try again/);
      expect(github.pulls).toHaveLength(1);
    },
  );

  it('stops at a file that is there already, and never replaces it', async () => {
    const id = await approved();
    github.branches.get('main')?.set(file(), 'kind: LLMModel\n');
    await access.newModels.advanceApproved();
    expect(await progress(id)).toMatchObject({
      state: 'stopped',
      problem: expect.stringContaining(`under ${file()} in`),
    });
    expect([github.pulls.length, github.commits]).toEqual([0, 0]);
  });

  it('that is closed without a merge says so; an admin proposes it once more, or its reviewers open it again', async () => {
    const id = await approved();
    await access.newModels.advanceApproved();
    github.close(1, { merge: false });
    pass(MINUTE);
    await access.newModels.advanceApproved();
    expect(await progress(id, 'priya')).toMatchObject({
      state: 'stopped',
      problem: expect.stringContaining('closed without being merged'),
      pullRequest: { state: 'closed' },
      mayRetry: true,
    });

    github.pulls[0].state = 'open';
    pass(MINUTE);
    await access.newModels.advanceApproved();
    expect(await progress(id)).toMatchObject({ state: 'proposed' });

    github.close(1, { merge: false });
    pass(MINUTE);
    await access.newModels.advanceApproved();
    await access.newModels.retry(world.caller('priya'), id);
    await access.newModels.advanceApproved();
    expect(github.pulls.map(({ head }) => head.ref)).toEqual([
      `slipway/${id}`,
      `slipway/${id}-2`,
    ]);
    expect(await progress(id)).toMatchObject({
      state: 'proposed',
      pullRequest: { url: github.pulls[1].html_url },
    });
    expect((await told()).map(line => line.split(' ')[0])).toEqual([
      'model-proposed',
      'model-stopped',
      'model-stopped',
      'model-retried',
      'model-proposed',
    ]);
  });

  it('that nobody merges, or that GitOps does not bring, says so, and tells the admins once each', async () => {
    const id = await approved();
    await access.newModels.advanceApproved();
    for (let day = 0; day < 5; day++) {
      pass(DAY);
      await access.newModels.advanceApproved();
    }
    expect(await progress(id)).toMatchObject({
      state: 'proposed',
      problem: expect.stringMatching(
        /open since 2026-11-20.*merge it, or close/,
      ),
    });
    github.close(1, { merge: true });
    for (let hour = 0; hour < 3; hour++) {
      pass(60 * MINUTE);
      await access.newModels.advanceApproved();
    }
    expect(await progress(id)).toMatchObject({
      state: 'merged',
      problem: expect.stringContaining('See what GitOps says'),
    });
    expect((await told()).map(line => line.split(' ')[0])).toEqual([
      'model-proposed',
      'model-waits',
      'model-waits',
    ]);
  });

  it('needs no right to make models; other checks hold', async () => {
    const readOnly = ClusterModels.create(
      new Proxy(cluster.client, {
        get(client, member) {
          const value = Reflect.get(client, member);
          return member === 'apply'
            ? async () => {
                throw new KubeApiError(
                  { code: 403, reason: 'Forbidden', message: 'no' },
                  'PATCH llmmodels',
                );
              }
            : value.bind(client);
        },
      }),
    );
    const { host, change } = readPullRequestSettings(
      mockServices.rootConfig({
        data: { app: { baseUrl: 'http://portal' }, ...github.config() },
      }),
      undefined,
    );
    access = world.service(knex, {
      newModels: PullRequestModels.create({
        cluster: readOnly,
        host,
        settings: change,
      }),
    });
    const id = await approved();
    await access.newModels.advanceApproved();
    expect(await progress(id)).toMatchObject({ state: 'proposed' });
    access = world.service(knex, { newModels: readOnly });
    name = `${name}-b`;
    await expect(approved()).rejects.toThrow(/portal may not make models/);
  });

  it('is not proposed when its name was taken since, and stops', async () => {
    const id = await approved();
    const { apiVersion, kind, spec } = exampleModel();
    await cluster.apply({
      apiVersion,
      kind,
      metadata: { name, namespace: NAMESPACE },
      spec,
    });
    await access.newModels.advanceApproved();
    expect(await progress(id)).toMatchObject({
      state: 'stopped',
      problem: expect.stringContaining('already: ask for another name'),
    });
    expect(github.requests).toEqual([]);
  });

  describe('after its merge', () => {
    /** A model that is merged, and not in the cluster yet. */
    const merged = async () => {
      const id = await approved();
      await access.newModels.advanceApproved();
      github.close(1, { merge: true });
      pass(30 * SECOND);
      await access.newModels.advanceApproved();
      expect(await progress(id)).toMatchObject({ state: 'merged' });
      pass(30 * SECOND);
      return id;
    };
    /** Somebody makes a model of its name. */
    const make = async (
      spec: Record<string, unknown> = {},
      annotations: Record<string, string> = {},
    ) => {
      const model = exampleModel(spec);
      await cluster.apply({
        apiVersion: model.apiVersion,
        kind: model.kind,
        metadata: { name, namespace: NAMESPACE, annotations },
        spec: model.spec,
      });
    };

    it('is made without its annotation, which a reviewer may take off, if it is what was asked for', async () => {
      const id = await merged();
      await make();
      expect(await access.newModels.advanceApproved()).toBe(1);
      expect(await progress(id)).toMatchObject({ state: 'made' });
    });

    it.each<[string, Record<string, unknown>, Record<string, string>]>([
      ['asks for something else', { resources: { gpu: { count: 2 } } }, {}],
      [
        'lets others in',
        { access: { public: false, groups: ['strangers'] } },
        {},
      ],
      ['came of another request', {}, { 'slipway.dev/request': 'req_other' }],
      ['is owned by another', {}, { 'slipway.dev/owner': 'user:default/otto' }],
    ])(
      'is not the model of that name that %s: it stops until an admin says that it is',
      async (_, spec, annotations) => {
        const id = await merged();
        await make(spec, annotations);
        expect(await access.newModels.advanceApproved()).toBe(0);
        expect(await progress(id, 'priya')).toMatchObject({
          state: 'stopped',
          mayRetry: true,
          problem: expect.stringMatching(
            new RegExp(`neither says .* slipway.dev/request=${id}.*take`),
          ),
        });
        expect((await told()).at(-1)).toMatch(/^model-stopped/);

        await make(spec, { ...annotations, 'slipway.dev/request': id });
        pass(10 * MINUTE);
        expect(await access.newModels.advanceApproved()).toBe(1);
        expect(await progress(id)).toMatchObject({ state: 'made' });
      },
    );
  });
});
