import { createHmac } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Logger } from '@slipway/controller';
import {
  FakeClock,
  FakeKubeClient,
  waitFor,
} from '@slipway/controller/testing';
import { Registry } from 'prom-client';
import { LLM_MODELS } from '../models/kinds';
import { FakeFeed } from './__testUtils__/FakeFeed';
import {
  bearer,
  chat,
  grant,
  key,
  llmModel,
  member,
  models,
  secretOf,
  tenant,
  tenants,
} from './__testUtils__/scene';
import { Authorizer, AuthorizerDependencies } from './Authorizer';
import { TENANTS } from './ClusterWorld';
import { readAuthorizerSettings } from './settings';

const SNAPSHOT_KEY = 'a key that signs snapshots in these tests';

const settings = readAuthorizerSettings(
  name => ({ baseDomain: 'example.com', port: '0' }[name as string]),
);

describe('an authorizer', () => {
  const running: Authorizer[] = [];
  let clock: FakeClock;
  let feed: FakeFeed;
  let cluster: FakeKubeClient;
  let lines: string[];
  let folder: string;
  let uses: ReadonlyMap<string, Date>[];
  let noteUses: (uses: ReadonlyMap<string, Date>) => Promise<void>;

  beforeEach(async () => {
    clock = new FakeClock('2026-11-20T08:00:00.000Z');
    feed = new FakeFeed();
    feed.put(member('mara', ['developers', 'llm']), key('a'), key('b'));
    cluster = new FakeKubeClient({ clock });
    for (const object of models) {
      await cluster.put(LLM_MODELS, object);
    }
    for (const object of tenants) {
      await cluster.put(TENANTS, object);
    }
    lines = [];
    uses = [];
    noteUses = async noted => {
      uses.push(noted);
    };
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-authorizer-'));
  });

  afterEach(async () => {
    feed.failure = undefined;
    await Promise.all(running.splice(0).map(each => each.stop()));
    await rm(folder, { recursive: true });
  });

  const note = (message: string, fields?: object) => {
    lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  };
  const logger: Logger = { debug: note, info: note, warn: note, error: note };

  async function start(
    options: Partial<AuthorizerDependencies> = {},
  ): Promise<Authorizer> {
    const authorizer = await Authorizer.start({
      settings,
      client: cluster,
      feed,
      noteUses: noted => noteUses(noted),
      logger,
      clock,
      registry: new Registry(),
      ...options,
    });
    running.push(authorizer);
    return authorizer;
  }

  async function ready(
    options: Partial<AuthorizerDependencies> = {},
  ): Promise<Authorizer> {
    const authorizer = await start(options);
    await waitFor(() => authorizer.unfit() === undefined);
    return authorizer;
  }

  async function call(
    authorizer: Authorizer,
    keyName: string,
    model = 'acme/open',
  ): Promise<string> {
    const answer = await authorizer.check({
      ...chat(model),
      headers: bearer(secretOf(keyName)),
    });
    return answer.pass
      ? 'pass'
      : `${answer.status} ${JSON.parse(answer.body).error.code}`;
  }

  /** One turn of asking for changes. */
  const poll = () => clock.advance(settings.pollMs);

  it('refuses everybody until it knows keys and grants, models and tenants', async () => {
    feed.failure = new Error('connect ECONNREFUSED');
    const authorizer = await start();
    await waitFor(() => authorizer.unfit()?.because.includes('ECONNREFUSED'));
    expect(authorizer.unfit()).toMatchObject({ state: 'starting' });
    expect(await call(authorizer, 'a')).toBe('503 authorization_unavailable');
    feed.failure = undefined;
    await clock.advance(1_000);
    expect(authorizer.unfit()).toBeUndefined();
    expect(await call(authorizer, 'a')).toBe('pass');

    cluster.failNext(({ verb }) => verb === 'watch', new Error('no cluster'));
    const other = await start();
    await waitFor(() => other.revision > 0);
    expect(other.unfit()).toMatchObject({
      state: 'starting',
      because: 'models and tenants were not read yet',
    });
    expect(await call(other, 'a')).toBe('503 authorization_unavailable');
  });

  it('hears of every change by asking again and again, and at once when nudged', async () => {
    const authorizer = await ready();
    feed.remove('key', key('a').id);
    expect(await call(authorizer, 'a')).toBe('pass');
    await poll();
    expect(await call(authorizer, 'a')).toBe('401 invalid_api_key');
    feed.remove('key', key('b').id);
    authorizer.nudge();
    await waitFor(async () => (await call(authorizer, 'b')) !== 'pass');
    for (let n = 0; n < 2_500; n++) {
      feed.put(grant(`g${n}`));
    }
    feed.put(key('c'));
    await poll();
    expect(await call(authorizer, 'c')).toBe('pass');
    expect(authorizer.revision).toBe(await feed.head());
    expect(feed.snapshots).toBe(1);
  });

  it('hears of models and tenants by watches', async () => {
    const authorizer = await ready();
    await cluster.put(TENANTS, tenant('apps', ['llm'], 'suspended'));
    await waitFor(
      async () => (await call(authorizer, 'a')) === '403 tenant_suspended',
    );
    await cluster.put(TENANTS, tenant('apps', ['llm']));
    await cluster.put(LLM_MODELS, llmModel('open', { access: {} }));
    await waitFor(
      async () => (await call(authorizer, 'a')) === '404 model_not_found',
    );
    expect(authorizer.unfit()).toBeUndefined();
  });

  it('goes on while the database is away, up to its bound, then refuses everybody, and comes back', async () => {
    const authorizer = await ready();
    feed.failure = new Error('the database is away');
    feed.remove('key', key('b').id);
    await clock.advance(settings.stalenessMs - 1_000);
    expect(await call(authorizer, 'a')).toBe('pass');
    expect(authorizer.unfit()).toBeUndefined();
    await clock.advance(2_000);
    expect(await call(authorizer, 'a')).toBe('503 authorization_unavailable');
    expect(await call(authorizer, 'unknown')).toBe(
      '503 authorization_unavailable',
    );
    expect(authorizer.unfit()).toMatchObject({
      state: 'stale',
      because: expect.stringContaining('the database is away'),
    });
    feed.failure = undefined;
    await clock.advance(1_000);
    expect(await call(authorizer, 'a')).toBe('pass');
    expect(await call(authorizer, 'b')).toBe('401 invalid_api_key');
    // Said once, not at every turn.
    expect(lines.filter(line => line.includes('is away'))).toHaveLength(1);
  });

  it('a database that does not answer at all counts as away', async () => {
    const authorizer = await ready();
    let answer = () => {};
    feed.hold = new Promise(resolve => {
      answer = resolve;
    });
    await clock.advance(settings.stalenessMs + 1_000);
    expect(await call(authorizer, 'a')).toBe('503 authorization_unavailable');
    feed.hold = undefined;
    answer();
    await clock.advance(1_000);
    expect(await call(authorizer, 'a')).toBe('pass');
  });

  it('no clock that is set back or forward makes what it knows look newer or older', async () => {
    const authorizer = await ready();
    feed.failure = new Error('away');
    jest
      .spyOn(clock, 'wallMs')
      .mockReturnValue(Date.parse('2026-11-20T07:00:00Z'));
    await clock.advance(settings.stalenessMs + 1_000);
    expect(await call(authorizer, 'a')).toBe('503 authorization_unavailable');
  });

  it('refuses when the cluster has not answered for longer than its bound', async () => {
    const clusterStalenessMs = 300_000;
    const authorizer = await ready({
      settings: { ...settings, clusterStalenessMs },
    });
    const gone = new Error('no cluster');
    const watching = jest.spyOn(cluster, 'watch').mockRejectedValue(gone);
    jest.spyOn(cluster, 'list').mockRejectedValue(gone);
    cluster.dropWatches();
    await clock.advance(clusterStalenessMs - 1_000);
    expect(await call(authorizer, 'a')).toBe('pass');
    await clock.advance(2_000);
    expect(authorizer.unfit()).toMatchObject({
      state: 'stale',
      because: expect.stringContaining('Kubernetes API'),
    });
    expect(await call(authorizer, 'a')).toBe('503 authorization_unavailable');
    watching.mockRestore();
    await clock.advance(120_000);
    expect(await call(authorizer, 'a')).toBe('pass');
  });

  it.each([
    ['drops every packet', 130_000],
    ['takes connections and says nothing', 630_000],
  ])(
    'refuses beyond that bound when the cluster %s, too',
    async (_how, failsAfterMs) => {
      const clusterStalenessMs = 3_600_000;
      const authorizer = await ready({
        settings: { ...settings, clusterStalenessMs },
      });
      const failing = () =>
        new Promise<never>((_, reject) => {
          clock.setTimer(failsAfterMs, () => reject(new Error('timed out')));
        });
      const watching = jest.spyOn(cluster, 'watch').mockImplementation(failing);
      jest.spyOn(cluster, 'list').mockImplementation(failing);
      cluster.dropWatches();
      for (let minute = 0; minute < 59; minute++) {
        await clock.advance(60_000);
      }
      expect(await call(authorizer, 'a')).toBe('pass');
      for (let minute = 0; minute < 2; minute++) {
        await clock.advance(60_000);
      }
      expect(authorizer.unfit()).toMatchObject({
        state: 'stale',
        because: expect.stringContaining('Kubernetes API'),
      });
      watching.mockRestore();
      await clock.advance(failsAfterMs + 30_000);
      expect(authorizer.unfit()).toBeUndefined();
    },
  );

  it('reads all anew when changes are not kept any more, and when it has another digest than the database', async () => {
    const authorizer = await ready();
    feed.put(key('c'));
    feed.takeDigest();
    await poll();
    expect(feed.snapshots).toBe(1);
    feed.remove('key', key('a').id);
    feed.prune();
    await poll();
    expect(feed.snapshots).toBe(2);
    expect(await call(authorizer, 'a')).toBe('401 invalid_api_key');
    feed.put(key('d'));
    feed.lie = '00';
    feed.takeDigest();
    feed.put(key('e'));
    await poll();
    expect(feed.snapshots).toBe(3);
    expect(lines.join()).toContain('another digest than the database');
    expect(await call(authorizer, 'e')).toBe('pass');
  });

  it('reads all anew once when a digest of a revision that it has passed says otherwise', async () => {
    const authorizer = await ready();
    const compared = () => clock.advance(31_000);
    await compared();
    feed.put(key('c'));
    await poll();
    feed.takeDigest();
    await compared();
    expect(feed.snapshots).toBe(1);
    feed.put(key('d'));
    await poll();
    feed.lie = '00';
    feed.takeDigest();
    feed.put(key('e'));
    await poll();
    // It is not asked for more often than every half minute.
    expect(feed.snapshots).toBe(1);
    await compared();
    expect(feed.snapshots).toBe(2);
    expect(lines.join()).toContain('another digest than the database');
    // The digest itself may be what is wrong.
    await compared();
    await compared();
    expect(feed.snapshots).toBe(2);
    expect(await call(authorizer, 'e')).toBe('pass');
  });

  it('asks again when the database does not answer at all', async () => {
    const authorizer = await ready();
    // Its connection is dead, and seems open.
    feed.hold = new Promise(() => {});
    await poll();
    feed.hold = undefined;
    feed.remove('key', key('a').id);
    await clock.advance(10_000);
    expect(await call(authorizer, 'a')).toBe('pass');
    await clock.advance(6_000);
    expect(await call(authorizer, 'a')).toBe('401 invalid_api_key');
    expect(lines.join()).toContain('no answer within 15 s');
  });

  it('what can not be read anew is not trusted beyond the bound', async () => {
    const authorizer = await ready();
    feed.put(key('c'));
    feed.lie = '00';
    feed.takeDigest();
    jest.spyOn(feed, 'snapshot').mockRejectedValue(new Error('too much'));
    await clock.advance(settings.stalenessMs - 1_000);
    expect(await call(authorizer, 'a')).toBe('pass');
    await clock.advance(2_000);
    expect(await call(authorizer, 'a')).toBe('503 authorization_unavailable');
  });

  it('notes a key that is used once a minute, and catches up when the database was away', async () => {
    const authorizer = await ready();
    for (let n = 0; n < 10; n++) {
      await call(authorizer, 'a');
      await call(authorizer, 'a', 'acme/closed');
    }
    expect(uses).toEqual([]);
    await clock.advance(10_000);
    expect(uses).toEqual([
      new Map([[key('a').id, new Date('2026-11-20T08:00:00.000Z')]]),
    ]);
    await call(authorizer, 'a');
    await call(authorizer, 'unknown');
    // Refused: no use.
    await call(authorizer, 'b', 'acme/closed');
    await clock.advance(10_000);
    expect(uses).toHaveLength(1);
    await clock.advance(40_000);
    const working = noteUses;
    noteUses = async () => {
      throw new Error('away');
    };
    await call(authorizer, 'a');
    await call(authorizer, 'b');
    await clock.advance(10_000);
    noteUses = working;
    await clock.advance(10_000);
    expect(uses[1]).toEqual(
      new Map([
        [key('a').id, new Date('2026-11-20T08:01:00.000Z')],
        [key('b').id, new Date('2026-11-20T08:01:00.000Z')],
      ]),
    );
  });

  describe('with a snapshot on disk', () => {
    const withSnapshot = (fields: object = {}) => ({
      settings: {
        ...settings,
        snapshot: { file: path.join(folder, 'index'), key: SNAPSHOT_KEY },
        ...fields,
      },
    });

    /** Runs one authorizer until its snapshot is written, and ends it; then the database is away. */
    async function leaveSnapshot(): Promise<void> {
      const first = await ready(withSnapshot());
      await clock.advance(settings.stalenessMs / 3);
      await waitFor(async () => (await readdir(folder)).includes('index'));
      await first.stop();
      feed.failure = new Error('the database is away');
    }

    /** Starts without a database; whether it judges once it has had the time. */
    async function startsAlone(options = withSnapshot()): Promise<boolean> {
      const authorizer = await start(options);
      await waitFor(
        () =>
          authorizer.unfit()?.because !==
          'models and tenants were not read yet',
      );
      await clock.advance(1_000);
      return (
        authorizer.unfit() === undefined &&
        (await call(authorizer, 'a')) === 'pass'
      );
    }

    it('starts without the database, and is as old as what it started with', async () => {
      await leaveSnapshot();
      expect(await startsAlone()).toBe(true);
      const [, authorizer] = running;
      await clock.advance(settings.stalenessMs);
      expect(authorizer.unfit()).toMatchObject({ state: 'stale' });
    });

    it('goes on from there by the feed, without reading all anew', async () => {
      await leaveSnapshot();
      feed.failure = undefined;
      feed.remove('key', key('a').id);
      feed.put(key('c'));
      feed.takeDigest();
      const authorizer = await start(withSnapshot());
      await waitFor(async () => (await call(authorizer, 'c')) === 'pass');
      expect(await call(authorizer, 'a')).toBe('401 invalid_api_key');
      expect(feed.snapshots).toBe(1);
    });

    it('says anew that nothing has changed, without writing all of it', async () => {
      const authorizer = await ready(withSnapshot());
      await clock.advance(settings.stalenessMs / 3);
      const read = () => readFile(path.join(folder, 'index'), 'utf8');
      const first = await waitFor(() => read().catch(() => undefined));
      const files = (await readdir(folder)).sort();
      await clock.advance(settings.stalenessMs / 3);
      await waitFor(async () => (await read()) !== first);
      expect((await readdir(folder)).sort()).toEqual(files);
      feed.put(key('c'));
      await clock.advance(settings.stalenessMs / 3);
      await waitFor(async () => !(await readdir(folder)).includes(files[1]));
      expect(await readdir(folder)).toHaveLength(2);
      expect(authorizer.unfit()).toBeUndefined();
    });

    it.each([
      ['is too old', async () => clock.freeze(settings.stalenessMs)],
      [
        'says that it is newer than it is',
        async () => {
          const file = path.join(folder, 'index');
          const text = await readFile(file, 'utf8');
          await writeFile(file, text.replace('2026-11-20', '2026-11-21'));
        },
      ],
      [
        'was written in the future',
        async () => {
          const back = clock.wallMs() - 3_600_000;
          jest.spyOn(clock, 'wallMs').mockReturnValue(back);
        },
      ],
      [
        'has a name that was changed',
        async () => {
          const [name] = (await readdir(folder)).filter(each =>
            each.startsWith('index.'),
          );
          const file = path.join(folder, name);
          const text = await readFile(file, 'latin1');
          expect(text).toContain('llm/open');
          await writeFile(file, text.replace('llm/open', 'llm/team'), 'latin1');
        },
      ],
      [
        'is cut off in the middle of its columns',
        async () => {
          const [name] = (await readdir(folder)).filter(each =>
            each.startsWith('index.'),
          );
          const file = path.join(folder, name);
          const bytes = await readFile(file);
          await writeFile(file, bytes.subarray(0, bytes.length / 2));
        },
      ],
      [
        'has lost its entries',
        async () => {
          const names = await readdir(folder);
          await Promise.all(
            names
              .filter(name => name.startsWith('index.'))
              .map(name => rm(path.join(folder, name))),
          );
        },
      ],
      [
        'is cut off',
        async () => writeFile(path.join(folder, 'index'), '{"version":1'),
      ],
    ])('is not ready when it %s', async (_, spoil) => {
      await leaveSnapshot();
      await spoil();
      expect(await startsAlone()).toBe(false);
      expect(running[1].unfit()).toMatchObject({ state: 'starting' });
      expect(lines.join('\n')).toMatch(/the snapshot .* is not used/);
    });

    it('reads the database instead of what an older version has written', async () => {
      await leaveSnapshot();
      const file = path.join(folder, 'index');
      const seal = (await readFile(file, 'utf8')).split('\n')[0];
      const older = JSON.stringify({ ...JSON.parse(seal), version: 1 });
      const mac = createHmac('sha256', SNAPSHOT_KEY).update(older);
      await writeFile(file, `${older}\n${mac.digest('hex')}\n`);
      feed.failure = undefined;
      const authorizer = await start(withSnapshot());
      await waitFor(async () => (await call(authorizer, 'a')) === 'pass');
      expect(feed.snapshots).toBe(2);
      expect(lines.join('\n')).toContain(
        'is not used: another version of the authorizer wrote it',
      );
    });

    it('is not ready when it was signed with another key', async () => {
      await leaveSnapshot();
      const other = {
        file: path.join(folder, 'index'),
        key: `${SNAPSHOT_KEY}!`,
      };
      expect(await startsAlone(withSnapshot({ snapshot: other }))).toBe(false);
      expect(lines.join('\n')).toContain('its signature is wrong');
    });

    it('is not ready when there is none', async () => {
      feed.failure = new Error('the database is away');
      expect(await startsAlone()).toBe(false);
    });
  });
});
