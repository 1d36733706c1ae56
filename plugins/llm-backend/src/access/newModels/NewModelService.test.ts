import type { KubeObject } from '@slipway/controller';
import type { Knex } from 'knex';
import { exampleModel } from '../../models/__testUtils__/examples';
import {
  NAMESPACE,
  OperatorOnSandbox,
} from '../../models/__testUtils__/onSandbox';
import { databaseIds, newDatabase } from '../__testUtils__/onDatabases';
import { World } from '../__testUtils__/world';
import { AccessService } from '../AccessService';
import { ClusterModels } from './ClusterModels';
import type { NewModelWay } from './NewModelWay';

jest.setTimeout(120_000);

let cluster: OperatorOnSandbox;

beforeAll(async () => {
  cluster = await OperatorOnSandbox.start();
});

afterAll(async () => {
  await cluster.stop();
});

function manifest(
  name: string,
  spec: Record<string, unknown> = {},
  metadata: Record<string, unknown> = {},
) {
  const { apiVersion, kind, spec: whole } = exampleModel(spec);
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: NAMESPACE, ...metadata },
    spec: whole,
  };
}

describe.each(databaseIds)('a new model on %s', databaseId => {
  let world: World;
  let knex: Knex;
  let access: AccessService;
  let away: Error | undefined;
  let run = 0;

  beforeEach(async () => {
    run++;
    away = undefined;
    world = new World();
    knex = await newDatabase(databaseId);
    const real = ClusterModels.create(cluster.client);
    const newModels: NewModelWay = {
      check: asked => real.check(asked),
      advance: async approved => {
        if (away) {
          throw away;
        }
        return real.advance(approved);
      },
    };
    access = world.service(knex, {
      newModels,
      rules: [{ name: 'all', decision: 'approve' }],
    });
  });

  const nameOf = (what: string) =>
    `${what}-${databaseId.slice(0, 2).toLocaleLowerCase('en-US')}-${run}`;
  const ask = (asked: unknown, name = 'mara') =>
    access.newModels.ask(world.caller(name), {
      manifest: asked,
      reason: 'for code reviews',
    });
  const approve = (id: string, name = 'priya') =>
    access.requests.decide(world.caller(name), id, { step: 'approve' });

  it('is not asked for by who is blocked, and not approved for her', async () => {
    const { id } = await ask(manifest(nameOf('waits')));
    const block = await access.blocks.set(world.caller('priya'), {
      target: 'user',
      ref: 'user:default/mara',
      reason: 'canary',
    });
    await expect(ask(manifest(nameOf('other')))).rejects.toThrow(
      /^You are blocked: you can't ask for a model until a platform admin/,
    );
    await expect(approve(id)).rejects.toThrow(
      `user:default/mara is blocked: request ${id} can't be approved until`,
    );
    await access.blocks.lift(world.caller('priya'), block.id);
    expect((await approve(id)).state).toBe('approved');
  });

  it('is made once an admin approved it, and belongs to who asked', async () => {
    const name = nameOf('tiny');
    const request = await ask(
      manifest(name, {}, { annotations: { 'slipway.dev/licence': 'MIT' } }),
    );
    // Rules speak about access to models that are there.
    expect(request).toMatchObject({
      kind: 'new-model',
      state: 'pending',
      model: `${NAMESPACE}/${name}`,
      requester: 'user:default/mara',
    });
    expect(await access.newModels.advanceApproved()).toBe(0);
    await approve(request.id);
    expect(cluster.model(name)).toBeUndefined();

    expect(await access.newModels.advanceApproved()).toBe(1);
    expect(await access.newModels.advanceApproved()).toBe(0);
    const made = cluster.model(name);
    expect(made?.metadata.annotations).toEqual({
      'slipway.dev/owner': 'user:default/mara',
      'slipway.dev/licence': 'MIT',
      'slipway.dev/request': request.id,
    });
    expect(made?.metadata.managedFields).toEqual([
      expect.objectContaining({
        manager: 'slipway-portal',
        operation: 'Apply',
      }),
    ]);
    const detail = await access.requests.get(world.caller('mara'), request.id);
    expect(detail).toMatchObject({
      state: 'approved',
      grantId: undefined,
      newModel: { appliedAt: world.time.toISOString() },
    });
    const { items } = await access.grants.list(world.caller('mara'));
    expect(items).toEqual([]);
    expect(await access.verifyAudit()).toMatchObject({ intact: true });
  });

  it('is for admins to decide, and not for the one who asked', async () => {
    const request = await ask(manifest(nameOf('theirs')));
    await expect(approve(request.id, 'aiko')).rejects.toThrow(
      /for platform admins to decide/,
    );
    const toDecide = async (name: string) => {
      const caller = world.caller(name);
      const filter = { scope: 'to-decide' as const };
      return (await access.requests.list(caller, filter)).items.map(
        ({ id }) => id,
      );
    };
    expect(await toDecide('aiko')).toEqual([]);
    expect(await toDecide('priya')).toEqual([request.id]);
    world.people.set('priya', ['platform-admins', 'developers']);
    const own = await ask(manifest(nameOf('own')), 'priya');
    await expect(approve(own.id)).rejects.toThrow(/their own request/);
    expect(await toDecide('priya')).toEqual([request.id]);
  });

  it.each<[string, object, RegExp]>([
    [
      'a command',
      { serving: { command: ['sh'] } },
      /manifest\.spec\.serving\.command: it could widen/,
    ],
    [
      'an image of its own',
      { serving: { image: 'evil/vllm' } },
      /manifest\.spec\.serving\.image: it could widen/,
    ],
    [
      'environment variables',
      {
        advanced: { vllm: { extraEnv: [{ name: 'TOKEN', value: 'secret' }] } },
      },
      /manifest\.spec\.advanced: it could widen/,
    ],
    [
      'what the operator knows can not work',
      { serving: { vllmArgs: ['--port=1'] } },
      /manifest\.spec\.serving\.vllmArgs/,
    ],
    [
      'what the schema of the cluster refuses',
      { resources: { gpu: { count: 1, type: 'nvidia' } }, colour: 'red' },
      /manifest\.spec\.colour: field not declared in schema\. Leave it out/,
    ],
  ])('with %s is refused, with the field', async (_what, spec, message) => {
    await expect(ask(manifest(nameOf('bad'), { ...spec }))).rejects.toThrow(
      message,
    );
  });

  it.each<[string, object, RegExp]>([
    ['labels', { labels: { a: 'b' } }, /manifest\.metadata: labels/],
    [
      'annotations of others',
      { annotations: { 'kubectl.kubernetes.io/x': 'y' } },
      /manifest\.metadata\.annotations: kubectl/,
    ],
    [
      "somebody else's name on it",
      { annotations: { 'slipway.dev/owner': 'user:default/otto' } },
      /slipway\.dev\/owner: the model becomes yours/,
    ],
    [
      'a namespace that serves no models',
      { namespace: 'kube-system' },
      /manifest\.metadata\.namespace: models are not served/,
    ],
  ])('with %s is refused, with the field', async (_what, metadata, message) => {
    await expect(
      ask(manifest(nameOf('bad'), {}, { ...metadata })),
    ).rejects.toThrow(message);
  });

  it('may be handed to somebody else by an admin', async () => {
    world.people.set('priya', ['platform-admins', 'developers']);
    const request = await ask(
      manifest(
        nameOf('given'),
        {},
        { annotations: { 'slipway.dev/owner': 'group:default/research' } },
      ),
      'priya',
    );
    const { newModel } = await access.requests.get(
      world.caller('priya'),
      request.id,
    );
    expect(newModel?.manifest.metadata.annotations['slipway.dev/owner']).toBe(
      'group:default/research',
    );
  });

  it('never takes the place of a model that is there, and betrays none when asked for', async () => {
    const name = nameOf('taken');
    const ref = `${NAMESPACE}/${name}`;
    const there: KubeObject = await cluster.apply(manifest(name));
    const model = world.model('secret/internal');
    if (model) {
      world.modelMap.set(ref, { ...model, ref });
    }
    const request = await ask(manifest(name));
    await expect(approve(request.id)).rejects.toThrow(
      `There is a model ${ref} already`,
    );
    expect(cluster.model(name)?.metadata.uid).toBe(there.metadata.uid);
  });

  it('that somebody else made meanwhile stays as it is, and its request says so', async () => {
    const name = nameOf('raced');
    const request = await ask(manifest(name));
    await approve(request.id);
    await cluster.apply(manifest(name, { access: { groups: ['research'] } }));
    expect(await access.newModels.advanceApproved()).toBe(0);
    const { newModel } = await access.requests.get(
      world.caller('mara'),
      request.id,
    );
    expect(newModel?.problem).toContain('already');
    expect(cluster.model(name)?.spec.access.groups).toEqual(['research']);
  });

  it('is made when the cluster is back', async () => {
    const name = nameOf('later');
    const request = await ask(manifest(name));
    await approve(request.id);
    away = new Error('connection refused');
    expect(await access.newModels.advanceApproved()).toBe(0);
    const problem = async () =>
      (await access.requests.get(world.caller('mara'), request.id)).newModel
        ?.problem;
    expect(await problem()).toBe('connection refused');
    away = undefined;
    expect(await access.newModels.advanceApproved()).toBe(0);
    world.time = new Date(world.time.getTime() + 5_000);
    expect(await access.newModels.advanceApproved()).toBe(1);
    expect(await problem()).toBeUndefined();
    expect(cluster.model(name)).toBeDefined();
  });

  it('is asked for once, and not at all where the portal makes none', async () => {
    const name = nameOf('twice');
    const { id } = await ask(manifest(name));
    await expect(ask(manifest(name))).rejects.toThrow(
      `You asked for that already: request ${id}`,
    );
    access = world.service(knex);
    await expect(ask(manifest(name))).rejects.toThrow(/llm\.newModels\.mode/);
  });
});
