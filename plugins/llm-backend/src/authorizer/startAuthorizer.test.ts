import { createServer } from 'node:net';
import type { Logger } from '@slipway/controller';
import {
  FakeClock,
  FakeKubeClient,
  waitFor,
} from '@slipway/controller/testing';
import type { Knex } from 'knex';
import { databaseIds, newDatabase } from '../access/__testUtils__/onDatabases';
import { World } from '../access/__testUtils__/world';
import { ChangeFeed } from '../access/ChangeFeed';
import { defaultTrust, Membership } from '../access';
import { LLM_MODELS } from '../models/kinds';
import { EnvoyLike } from './__testUtils__/askAsEnvoy';
import { bearer, chat, llmModel, tenant } from './__testUtils__/scene';
import { TENANTS } from './ClusterWorld';
import { readAuthorizerSettings } from './settings';
import {
  RunningAuthorizer,
  startAuthorizer,
  StartAuthorizerOptions,
} from './startAuthorizer';

jest.setTimeout(120_000);

const settings = readAuthorizerSettings(
  name =>
    ({
      baseDomain: 'example.com',
      port: '0',
      host: '127.0.0.1',
      pollMilliseconds: '10',
    }[name as string]),
);

describe.each(databaseIds)('authorizers on %s', databaseId => {
  let knex: Knex;
  let world: World;
  let cluster: FakeKubeClient;
  let lines: string[];
  const running: RunningAuthorizer[] = [];
  const envoys: EnvoyLike[] = [];

  const note = (message: string, fields?: object) => {
    lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  };
  const logger: Logger = { debug: note, info: note, warn: note, error: note };

  beforeEach(async () => {
    knex = await newDatabase(databaseId);
    world = new World();
    world.time = new Date();
    lines = [];
    cluster = new FakeKubeClient();
    for (const name of ['llama', 'bge']) {
      const access = world.model(`llm/${name}`)?.access;
      await cluster.put(LLM_MODELS, llmModel(name, { access }));
    }
    for (const { name, memberGroups } of world.tenants()) {
      await cluster.put(TENANTS, tenant(name, memberGroups));
    }
    await refresh();
  });

  afterEach(async () => {
    envoys.splice(0).forEach(envoy => envoy.close());
    await Promise.all(running.splice(0).map(each => each.stop()));
    await knex.destroy();
  });

  /** Membership as the portal refreshes it. */
  async function refresh(): Promise<void> {
    await Membership.create({
      knex,
      source: {
        name: 'world',
        members: async () =>
          [...world.people].map(([name, groups]) => ({
            userEntityRef: `user:default/${name}`,
            groups,
          })),
        member: async () => undefined,
      },
      trust: defaultTrust,
      logger,
      now: () => world.time,
    }).refresh();
  }

  async function start(
    options: Partial<StartAuthorizerOptions> = {},
  ): Promise<EnvoyLike & { authorizer: RunningAuthorizer }> {
    const authorizer = await startAuthorizer({
      settings,
      client: cluster,
      feed: ChangeFeed.create({ knex }),
      noteUses: uses => world.service(knex).noteUses(uses),
      logger,
      ...options,
    });
    running.push(authorizer);
    await waitFor(() => authorizer.unfit === undefined);
    const envoy = new EnvoyLike(authorizer.port);
    envoys.push(envoy);
    return Object.assign(envoy, { authorizer });
  }

  const call = (envoy: EnvoyLike, secret: string | undefined, name = 'bge') =>
    envoy.ask({ ...chat(`acme/${name}`), headers: bearer(secret ?? '') });

  it('let a key through as soon as it is there, and refuse it everywhere once it is revoked', async () => {
    const access = world.service(knex);
    const all = [await start(), await start(), await start()];
    const { key, secret } = await access.keys.issue(world.caller('mara'), {
      name: 'laptop',
      models: ['llm/bge'],
    });
    for (const envoy of all) {
      await waitFor(async () => (await call(envoy, secret)) === 'pass');
      expect(await call(envoy, secret, 'llama')).toBe('404');
    }
    await access.keys.revoke(world.caller('mara'), key.id);
    for (const envoy of all) {
      await waitFor(async () => (await call(envoy, secret)) === '401');
    }
    expect((await start()).authorizer.revision).toBe(
      all[0].authorizer.revision,
    );
  });

  it('refuse what was given when it ends: the grant, the membership, and by the kill switch', async () => {
    const access = world.service(knex);
    const grant = await access.grants.give(world.caller('aiko'), {
      model: 'llm/llama',
      subject: { kind: 'user', ref: 'user:default/mara' },
      tenant: 'portal',
      days: 30,
    });
    const ask = { name: 'laptop', models: ['llm/llama', 'llm/bge'] };
    const { secret } = await access.keys.issue(world.caller('mara'), ask);
    const other = await access.keys.issue(world.caller('nils'), {
      name: 'laptop',
      models: ['llm/bge'],
    });
    const envoy = await start();
    const becomes = (outcome: string, name: string, shown = secret) =>
      waitFor(async () => (await call(envoy, shown, name)) === outcome);
    await becomes('pass', 'llama');
    await access.grants.revoke(world.caller('aiko'), grant.id);
    await becomes('404', 'llama');
    await becomes('pass', 'bge');
    world.people.delete('mara');
    await refresh();
    await becomes('401', 'bge');
    const block = await access.blocks.set(world.caller('priya'), {
      target: 'user',
      ref: 'user:default/nils',
      reason: 'strange calls',
    });
    await becomes('403', 'bge', other.secret);
    await access.blocks.lift(world.caller('priya'), block.id);
    await becomes('pass', 'bge', other.secret);
    expect(envoy.authorizer.revision).toBe(await access.feed.head());
  });

  it('agree with the digest of the database, and write down when a key was used', async () => {
    const access = world.service(knex);
    const envoy = await start();
    const { key, secret } = await access.keys.issue(world.caller('mara'), {
      name: 'laptop',
      models: ['llm/bge'],
    });
    await access.feed.takeDigest(new Date());
    await access.keys.issue(world.caller('mara'), {
      name: 'other',
      models: ['llm/bge'],
    });
    await waitFor(async () => (await call(envoy, secret)) === 'pass');
    await waitFor(
      async () => envoy.authorizer.revision === (await access.feed.head()),
    );
    await envoy.authorizer.stop();
    const used = await access.keys.get(world.caller('mara'), key.id);
    expect(Date.parse(used.lastUsedAt ?? '')).toBeGreaterThan(
      Date.now() - 120_000,
    );
    expect(lines.join('\n')).not.toContain('digest');
  });

  it('find out from the digest what was changed past the feed, though they were up to date', async () => {
    const access = world.service(knex);
    const issued = await access.keys.issue(world.caller('mara'), {
      name: 'laptop',
      models: ['llm/bge'],
    });
    const clock = new FakeClock();
    const envoy = await start({ clock });
    const pass = async (outcome: string) => {
      // Half of the time after which it compares.
      await clock.advance(16_000);
      return (await call(envoy, issued.secret)) === outcome;
    };
    await waitFor(() => pass('pass'));
    const { key } = issued;
    await knex('keys').where('id', key.id).update({ state: 'ended' });
    await access.feed.takeDigest(new Date());
    await waitFor(() => pass('401'));
    expect(lines.join('\n')).toContain('another digest than the database');
  });

  it('say on their status page whether they are ready, and why not', async () => {
    const feed = ChangeFeed.create({ knex });
    let away: Error | undefined = new Error('connect ECONNREFUSED');
    const authorizer = await startAuthorizer({
      settings,
      client: cluster,
      logger,
      feed: {
        head: () => feed.head(),
        since: (...args) => feed.since(...args),
        lastDigest: () => feed.lastDigest(),
        snapshot: onEntries =>
          away ? Promise.reject(away) : feed.snapshot(onEntries),
      },
      status: { port: 0, host: '127.0.0.1' },
    });
    running.push(authorizer);
    const get = async (page: string) => {
      const url = `http://127.0.0.1:${authorizer.statusPort}/${page}`;
      const response = await fetch(url);
      return `${response.status} ${await response.text()}`;
    };
    await waitFor(async () =>
      (
        await get('readyz')
      ).startsWith('503 starting: keys and grants were not'),
    );
    expect(await get('healthz')).toBe('200 ok\n');
    expect(await get('metrics')).toContain('slipway_authorizer_ready 0');
    away = undefined;
    await waitFor(async () => (await get('readyz')) === '200 ok\n');
    expect(await get('metrics')).toMatch(
      /slipway_authorizer_index_entries 6\b/,
    );
  });

  it('never show a credential: not in a log, a metric, an answer or the database, whatever goes wrong', async () => {
    const access = world.service(knex);
    const { secret = '' } = await access.keys.issue(world.caller('mara'), {
      name: 'canary',
      models: ['llm/bge'],
    });
    const token = 'eyJhbGciOiJub25lIn0.canary.signature';
    const envoy = await start({
      status: { port: 0, host: '127.0.0.1' },
      noteUses: () => Promise.reject(new Error('away')),
    });
    const bodies: string[] = [];
    for (const credential of [secret, token, `${secret}x`]) {
      for (const question of [
        chat('acme/bge'),
        chat('acme/never'),
        { ...chat('acme/bge'), path: '/nowhere' },
        { ...chat('acme/bge'), host: 'elsewhere' },
        { ...chat('acme/bge'), body: Buffer.from(credential) },
        { ...chat('acme/bge'), method: 'GET', path: '/v1/models' },
      ]) {
        for (const headers of [
          bearer(credential),
          { ...bearer(''), 'x-api-key': credential },
        ]) {
          bodies.push(await envoy.askWhole({ ...question, headers }));
        }
      }
    }
    const url = `http://127.0.0.1:${envoy.authorizer.statusPort}/metrics`;
    const metrics = await (await fetch(url)).text();
    await envoy.authorizer.stop();
    const tables = await Promise.all(
      ['keys', 'audit', 'changes', 'idempotency'].map(table => knex(table)),
    );
    const everything = [...lines, ...bodies, metrics, JSON.stringify(tables)];
    expect(everything.join('\n')).toContain('uses of keys can');
    for (const canary of [secret, secret.slice(11), 'canary.signature']) {
      expect(everything.filter(text => text.includes(canary))).toEqual([]);
    }
  });

  it('do not start on a port that is taken', async () => {
    const taken = createServer();
    await new Promise<void>(resolve =>
      taken.listen(0, '127.0.0.1', () => resolve()),
    );
    const address = taken.address();
    const port = address && typeof address === 'object' ? address.port : 0;
    await expect(
      start({ settings: { ...settings, listen: { port, host: '127.0.0.1' } } }),
    ).rejects.toThrow('EADDRINUSE');
    await new Promise(resolve => taken.close(resolve));
  });
});
