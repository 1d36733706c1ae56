import {
  Applier,
  Cache,
  createKubeClient,
  HttpKubeClient,
  KubeObject,
  Resource,
} from '@slipway/controller';
import { ApiServer, createApiServer, upstreamCrds } from '@slipway/sandbox';
import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { envoyAIGateway } from '../gateway/envoy-ai-gateway';
import { ENDPOINTS } from '../gateway/flavour';
import {
  exampleModel,
  examplePlatform,
  renderEverything,
} from './__testUtils__/examples';
import { recordAt } from './json';
import { GENERATED_KINDS } from './kinds';
import { parseModel } from './model';
import { MANAGED_SELECTOR } from './names';
import { renderDeployment } from './render';

const NAMESPACES: Resource = {
  apiVersion: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};
const DEFINITIONS: Resource = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};
const KINDS: Resource[] = [
  ...Object.values(GENERATED_KINDS),
  envoyAIGateway.policyKind,
  envoyAIGateway.routeKind,
  envoyAIGateway.headerPolicyKind,
  envoyAIGateway.grantKind,
];
const TESTDATA = path.join(__dirname, 'testdata');
const authorizer = {
  namespace: 'slipway-system',
  name: 'slipway-authorizer',
  port: 9002,
};

/** What an operator without a memory would write again, though it is there. */
describe('what has been applied once needs no second call, from a new operator either', () => {
  let server: ApiServer;
  let client: HttpKubeClient;
  const applies: string[] = [];

  beforeAll(async () => {
    server = await createApiServer();
    client = await createKubeClient({
      kubeconfigText: server.kubeconfig(),
      onCall: ({ verb, resource }) =>
        verb === 'apply' && applies.push(resource),
    });
    for (const definition of upstreamCrds()) {
      await client.create(DEFINITIONS, definition);
    }
  });
  afterAll(async () => {
    client.close();
    await server.stop();
  });

  /** Applies objects as an operator does that has just started. Answers what it wrote. */
  async function applyAfresh(objects: KubeObject[]): Promise<string[]> {
    const scope = { labelSelector: MANAGED_SELECTOR };
    const caches = KINDS.map(
      resource => new Cache({ client, resource, scope }),
    );
    caches.forEach(cache => cache.start());
    await Promise.all(caches.map(cache => cache.waitForSync()));
    const applier = new Applier({ client, fieldManager: 'us', caches });
    applies.length = 0;
    for (const object of objects) {
      await applier.apply(object);
    }
    await Promise.all(caches.map(cache => cache.stop()));
    return [...applies];
  }

  async function makeNamespaces(objects: KubeObject[]): Promise<void> {
    const namespaces = new Set(
      objects.map(({ metadata }) => metadata.namespace ?? ''),
    );
    for (const name of namespaces) {
      await client.create(NAMESPACES, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      });
    }
  }

  /** What two operators wrote, one after the other. */
  async function applyTwice(objects: KubeObject[]) {
    await makeNamespaces(objects);
    return [await applyAfresh(objects), await applyAfresh(objects)];
  }

  const cases = fs
    .readdirSync(TESTDATA)
    .filter(file => file.endsWith('.in.yaml'));

  it.each(cases)('a model: %s', async file => {
    const input: unknown = parse(
      fs.readFileSync(path.join(TESTDATA, file), 'utf8'),
    );
    const namespace = file.replace('.in.yaml', '');
    const objects = renderEverything(
      exampleModel(recordAt(input, 'spec'), { namespace }),
      examplePlatform(recordAt(input, 'platform')),
    );
    const [first, second] = await applyTwice(objects);
    expect(first).toHaveLength(objects.length);
    expect(second).toEqual([]);
  });

  it('what somebody else made under the names of a model is not touched', async () => {
    const objects = renderEverything(
      exampleModel({}, { namespace: 'taken' }),
      examplePlatform(),
    );
    await makeNamespaces(objects);
    for (const { metadata, ...object } of objects) {
      const { namespace, name } = metadata;
      const resource = KINDS.find(({ kind }) => kind === object.kind);
      const theirs = { ...object, metadata: { namespace, name } };
      await client.create(resource ?? NAMESPACES, theirs);
    }
    const failures = [];
    for (const object of objects) {
      failures.push(await applyAfresh([object]).catch(error => error));
    }
    expect(failures.map(({ name }) => name)).toEqual(
      objects.map(() => 'ForeignObjectError'),
    );
    expect(applies).toEqual([]);
  });

  it('what a model no longer asks of its nodes goes, though nothing is asked instead', async () => {
    const deploymentOf = (vllm: Record<string, unknown>) =>
      renderDeployment(
        parseModel(exampleModel({ advanced: { vllm } }, { namespace: 'less' })),
        examplePlatform(),
      );
    const [spot, lab] = ['spot', 'lab'].map(key => ({ key, value: 'yes' }));
    const more = deploymentOf({
      nodeSelector: { zone: 'a', disk: 'ssd' },
      tolerations: [{ ...spot, effect: 'NoSchedule' }, lab],
    });
    await makeNamespaces([more]);
    expect(await applyAfresh([more])).toEqual(['deployments']);
    const less = deploymentOf({
      nodeSelector: { zone: 'a' },
      tolerations: [spot, lab],
    });
    expect(await applyAfresh([less])).toEqual(['deployments']);
    const { nodeSelector, tolerations } = recordAt(
      await client.get(GENERATED_KINDS.deployments, {
        namespace: 'less',
        name: 'tiny',
      }),
      'spec',
      'template',
      'spec',
    );
    expect(nodeSelector).toEqual({ zone: 'a' });
    expect(tolerations).toEqual([
      spot,
      lab,
      { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
    ]);
    expect(await applyAfresh([less])).toEqual([]);
  });

  it('what makes the gateway ask the authorizer', async () => {
    const platform = examplePlatform({ authorizer });
    const model = parseModel(exampleModel({}, { namespace: 'judged' }));
    const grant = envoyAIGateway.renderAuthorizerGrant(platform);
    const objects = [
      ...(grant ? [grant] : []),
      ...ENDPOINTS.flatMap(endpoint => [
        envoyAIGateway.renderHeaderStripping(platform, endpoint),
        envoyAIGateway.renderListenerPolicy(platform, endpoint),
        envoyAIGateway.renderJudgedPolicy(model, endpoint, model.modelId),
      ]),
    ];
    const [first, second] = await applyTwice(objects);
    expect(first).toHaveLength(objects.length);
    expect(second).toEqual([]);
  });
});
