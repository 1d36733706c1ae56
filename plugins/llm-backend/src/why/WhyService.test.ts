import { KubeApiError, KubeClient } from '@slipway/controller';
import { waitFor } from '@slipway/controller/testing';
import type {
  BlockSummary,
  LlmModel,
  WhyAnswer,
} from '@slipway/plugin-llm-common';
import type { ModelSource } from '@slipway/plugin-llm-node';
import type { Knex } from 'knex';
import { AccessService } from '../access';
import { newDatabase } from '../access/__testUtils__/onDatabases';
import { World } from '../access/__testUtils__/world';
import { exampleModel } from '../models/__testUtils__/examples';
import {
  kind,
  NAMESPACE,
  OperatorOnSandbox,
} from '../models/__testUtils__/onSandbox';
import { WhyService } from './WhyService';

const AUTHORIZER = 'slipway-system/slipway-authorizer:9002';
const REF = `${NAMESPACE}/llama`;
const ROUTES = kind(
  'aigateway.envoyproxy.io/v1beta1',
  'AIGatewayRoute',
  'aigatewayroutes',
);
const POLICIES = kind(
  'networking.k8s.io/v1',
  'NetworkPolicy',
  'networkpolicies',
);
const DEPLOYMENTS = kind('apps/v1', 'Deployment', 'deployments');

let cluster: OperatorOnSandbox;
let world: World;
let knex: Knex;
let access: AccessService;
let blocks: BlockSummary[];

/** The sandbox's models, read from its store. */
function source(): ModelSource {
  // The API server has checked what it stores.
  const get = (namespace: string, name: string) =>
    cluster.model(name, namespace) as LlmModel | undefined;
  return {
    ready: async () => {},
    list: () => [],
    get,
    onChange: () => () => {},
    lastHeard: () => new Date(),
  };
}

function service(client: KubeClient = cluster.client): WhyService {
  return WhyService.create({
    knex,
    access,
    directory: world,
    blocks: async () => blocks,
    models: source(),
    client,
    settings: {},
    now: () => world.time,
  });
}

/** Asks as somebody who sees models that she may ask for. */
async function why(
  name: string,
  key?: string,
  client?: KubeClient,
): Promise<WhyAnswer> {
  const mayRead = (model: LlmModel) =>
    name !== 'otto' && model.spec.access.requestable === true;
  return service(client).explain(
    { ...world.caller(name), auditor: name === 'priya', mayRead },
    { model: REF, key },
  );
}

function states({ links }: WhyAnswer): string {
  return links.map(({ state }) => state).join(' ');
}

beforeAll(async () => {
  // Nobody calls a model here, so nobody needs to listen.
  cluster = await OperatorOnSandbox.start({
    forwardedServices: { [AUTHORIZER]: 9 },
  });
  await cluster.startOperator({
    settings: cluster.settings({ authorizer: AUTHORIZER }),
  });
  await cluster.apply({
    ...exampleModel({
      model: { name: 'acme/llama', storage: { size: '50Gi' } },
      access: { public: false, groups: ['research'], requestable: true },
    }),
    metadata: { name: 'llama', namespace: NAMESPACE },
  });
  await cluster.untilReady('llama');
});

afterAll(async () => {
  await cluster.stop();
});

beforeEach(async () => {
  world = new World();
  world.modelMap.set(REF, {
    ref: REF,
    modelId: 'acme/llama',
    owners: ['group:default/platform'],
    requestable: true,
    access: { public: false, groups: ['research'] },
  });
  knex = await newDatabase('SQLITE_3');
  access = world.service(knex);
  blocks = [];
});

async function keyOfMara(): Promise<string> {
  const aiko = world.caller('aiko');
  await access.grants.give(aiko, {
    model: REF,
    subject: { kind: 'user', ref: 'user:default/mara' },
    days: 30,
  });
  const mara = world.caller('mara');
  const { key } = await access.keys.issue(mara, {
    name: 'laptop',
    models: [REF],
  });
  return key.id;
}

describe('"why can\'t I call this?" on a cluster', () => {
  it('follows a person from no grant to a call that gets through, and to the end of the grant', async () => {
    const asks = await why('mara');
    expect(asks.broken).toMatchObject({
      link: 'grant',
      action: { kind: 'ask-for-access', model: REF, tenant: 'portal' },
    });
    const request = await access.requests.ask(world.caller('mara'), {
      model: REF,
      reason: 'docs',
      days: 30,
    });
    expect((await why('mara')).broken?.remedy).toContain(request.id);

    const key = await keyOfMara();
    for (const answer of [await why('mara', key), await why('mara')]) {
      expect(states(answer)).toBe('ok ok ok ok ok ok ok ok');
      expect(answer.callable).toBe(true);
    }

    const [grant] = (await access.grants.list(world.caller('mara'))).items;
    await access.grants.revoke(world.caller('aiko'), grant.id);
    expect((await why('mara')).broken?.link).toBe('grant');
    expect((await why('mara', key)).broken).toMatchObject({
      link: 'key',
      answered: { status: 401 },
    });
  });

  it('shows a key to its owner and to the owners of its tenant, and to nobody else', async () => {
    const key = await keyOfMara();
    expect((await why('aiko', key)).callable).toBe(true);
    await expect(why('nils', key)).rejects.toThrow(/There is no key/);
    await expect(why('nils', 'key_nothing')).rejects.toThrow(/There is no key/);
  });

  it('does not betray a model', async () => {
    await expect(why('otto')).rejects.toThrow(
      `There is no model ${REF} that you may see`,
    );
    world.modelMap.delete(REF);
    await expect(why('mara')).rejects.toThrow(
      `There is no model ${REF} that you may see`,
    );
  });

  it('names the kill switch to everybody, and its reason to those who may see it', async () => {
    const key = await keyOfMara();
    const [target, ref] = ['user' as const, 'user:default/mara'];
    const by = 'user:default/priya';
    const at = world.time.toISOString();
    blocks = [{ id: 'b', target, ref, reason: 'a leak', by, at }];
    const hers = await why('mara', key);
    expect(hers.broken).toMatchObject({
      link: 'identity',
      answered: { code: 'user_blocked' },
    });
    expect(JSON.stringify(hers)).not.toMatch(/a leak|priya/);
    const seen = await why('priya', key);
    expect(seen.links[0].text).toContain('a leak');
  });

  it('takes what the portal may not read for unknown, and says so', async () => {
    const forbidden = new KubeApiError(
      { code: 403, reason: 'Forbidden', message: 'no' },
      'list',
    );
    const blind: KubeClient = {
      ...cluster.client,
      get: () => Promise.reject(forbidden),
      list: () => Promise.reject(forbidden),
    };
    const answer = await why('jonas', undefined, blind);
    expect(states(answer)).toBe(
      'broken ahead ahead ahead ahead unknown unknown unknown',
    );
    expect(answer.links.map(({ text }) => text)).toContain(
      'The portal may not read the pods.',
    );
  });

  it('finds what somebody broke in the cluster', async () => {
    const key = await keyOfMara();
    await cluster.stopOperators();

    await cluster.client.create(POLICIES, {
      apiVersion: POLICIES.apiVersion,
      kind: POLICIES.kind,
      metadata: { name: 'deny', namespace: NAMESPACE },
      spec: { podSelector: {}, policyTypes: ['Ingress'] },
    });
    expect((await why('mara', key)).callable).toBe(true);
    const own = { namespace: NAMESPACE, name: 'llama-deny-direct' };
    await cluster.client.delete(POLICIES, own);
    const shut = await why('mara', key);
    expect(shut.broken?.link).toBe('network');
    expect(shut.links[7].text).toContain('deny');

    await cluster.client.mergePatch(
      DEPLOYMENTS,
      { namespace: NAMESPACE, name: 'llama-epp' },
      { spec: { replicas: 0 } },
    );
    await waitFor(
      async () => (await why('mara', key)).broken?.link === 'endpoints',
    );

    for (const route of ['llama-external', 'llama-internal']) {
      await cluster.client.delete(ROUTES, {
        namespace: NAMESPACE,
        name: route,
      });
    }
    await waitFor(
      async () => (await why('mara', key)).broken?.link === 'route',
    );
    expect(states(await why('mara', key))).toBe(
      'ok ok ok ok ok broken warning warning',
    );
  });
});
