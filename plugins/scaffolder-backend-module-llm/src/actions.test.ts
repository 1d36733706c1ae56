import { readFileSync } from 'node:fs';
import { createServer, Server } from 'node:http';
import path from 'node:path';
import { mockCredentials, mockServices } from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { createMockActionContext } from '@backstage/plugin-scaffolder-node-test-utils';
import type { TemplateAction } from '@backstage/plugin-scaffolder-node';
import type { JsonObject } from '@backstage/types';
import { parse } from 'yaml';
import { createDecideRequestAction } from './decideRequest';
import { LlmRequests } from './LlmRequests';
import { createRequestAccessAction } from './requestAccess';
import { createRequestModelAction, withoutBlanks } from './requestModel';

/** One request that the llm plugin got. */
interface Got {
  url?: string;
  headers: NodeJS.Dict<string | string[]>;
  body: unknown;
}

let server: Server;
let got: Got[];
let answer: { status: number; body: object };
let requests: LlmRequests;

beforeEach(async () => {
  got = [];
  answer = { status: 200, body: { id: 'req_1', state: 'pending' } };
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      got.push({ url: request.url, headers: request.headers, body });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  requests = LlmRequests.create({
    auth: mockServices.auth(),
    discovery: mockServices.discovery.mock({
      getBaseUrl: async plugin => `http://127.0.0.1:${port}/api/${plugin}`,
    }),
    portalUrl: 'https://portal.example.com/',
  });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const catalog = catalogServiceMock({
  entities: [
    {
      apiVersion: 'backstage.io/v1alpha1',
      kind: 'API',
      metadata: {
        name: 'llm.llama',
        annotations: { 'slipway.dev/model': 'llm/llama' },
      },
    },
    {
      apiVersion: 'backstage.io/v1alpha1',
      kind: 'API',
      metadata: { name: 'weather' },
    },
  ],
});

/** Runs a step as mara, and tells its outputs. */
async function run<I extends JsonObject, O extends JsonObject>(
  action: TemplateAction<I, O, 'v2'>,
  input: I,
): Promise<Record<string, unknown>> {
  const outputs: Record<string, unknown> = {};
  const context = createMockActionContext<I, O>({
    input,
    task: { id: 'task-1' },
  });
  await action.handler({
    ...context,
    getInitiatorCredentials: async () =>
      mockCredentials.user('user:default/mara'),
    output: (name, value) => {
      outputs[String(name)] = value;
    },
  });
  return outputs;
}

const access = { model: 'llm/llama', reason: 'docs', days: 30 };

describe('llm:request-access', () => {
  const action = () => createRequestAccessAction({ requests, catalog });

  it('asks in the name of who runs the template, once per task', async () => {
    expect(await run(action(), access)).toEqual({
      id: 'req_1',
      state: 'pending',
      link: 'https://portal.example.com/access/requests?request=req_1',
    });
    expect(got).toEqual([
      expect.objectContaining({ url: '/api/llm/v1/requests', body: access }),
    ]);
    expect(got[0].headers).toMatchObject({
      'idempotency-key': 'scaffolder task-1 access llm/llama',
      authorization: expect.stringContaining('user:default/mara'),
    });
  });

  it('takes the entity that a picker gives, and leaves empty fields out', async () => {
    await run(action(), {
      ...access,
      model: 'api:default/llm.llama',
      service: 'review-bot',
      tenant: '',
      expectedLoad: '',
    });
    expect(got[0].body).toEqual({
      ...access,
      subject: { kind: 'service', ref: 'review-bot' },
    });
  });

  it('refuses what is no model, without asking', async () => {
    for (const model of ['api:default/weather', 'api:default/nothing']) {
      await expect(run(action(), { ...access, model })).rejects.toThrow(
        `model: ${model} is no model that you may see`,
      );
    }
    expect(got).toEqual([]);
  });

  it('fails with what the plugin says', async () => {
    answer = {
      status: 409,
      body: {
        error: { name: 'ConflictError', message: 'You asked for that already' },
        response: { statusCode: 409 },
      },
    };
    await expect(run(action(), access)).rejects.toThrow(
      /^You asked for that already$/,
    );
  });
});

describe('llm:request-model', () => {
  it('sends the manifest without what nobody filled in', async () => {
    await run(createRequestModelAction({ requests }), {
      manifest: {
        kind: 'LLMModel',
        metadata: { name: 'tiny', annotations: { 'slipway.dev/licence': '' } },
        spec: { model: { revision: '', preload: false }, gpus: 0 },
      },
      reason: 'reviews',
      tenant: '',
    });
    expect(got[0]).toMatchObject({
      url: '/api/llm/v1/model-requests',
      body: {
        manifest: {
          kind: 'LLMModel',
          metadata: { name: 'tiny', annotations: {} },
          spec: { model: { preload: false }, gpus: 0 },
        },
        reason: 'reviews',
      },
    });
  });
});

describe('llm:decide-request', () => {
  const id = `req_${'0'.repeat(32)}`;
  const action = () => createDecideRequestAction({ requests });

  it('decides in the name of who runs the template, by id or by link', async () => {
    answer.body = { id, state: 'approved' };
    for (const request of [id, `https://portal/approvals?request=${id}`]) {
      expect(
        await run(action(), { request, step: 'approve', comment: '' }),
      ).toMatchObject({ id, state: 'approved' });
    }
    for (const { url, body, headers } of got) {
      expect(url).toBe(`/api/llm/v1/requests/${id}/steps`);
      expect(body).toEqual({ step: 'approve' });
      expect(headers).toMatchObject({
        'idempotency-key': 'scaffolder task-1 decide',
        authorization: expect.stringContaining('user:default/mara'),
      });
    }
    expect(got).toHaveLength(2);
  });

  it('refuses what names no request, without asking', async () => {
    await expect(
      run(action(), { request: '../blocks', step: 'reject', comment: 'no' }),
    ).rejects.toThrow('request: ../blocks names no request');
    expect(got).toEqual([]);
  });
});

describe('the templates that ship with the portal', () => {
  const read = (file: string) =>
    parse(
      readFileSync(path.resolve(__dirname, '../../../templates', file), 'utf8'),
    );

  it('are all in the catalog, and give each action only inputs that it has', () => {
    const actions = [
      createRequestAccessAction({ requests, catalog }),
      createRequestModelAction({ requests }),
      createDecideRequestAction({ requests }),
    ];
    const { targets } = read('all.yaml').spec;
    const seen = targets.map((target: string) => {
      const template = read(target);
      const asked = template.spec.parameters.flatMap(
        ({ properties }: { properties: object }) => Object.keys(properties),
      );
      const [step] = template.spec.steps;
      const action = actions.find(({ id }) => id === step.action);
      const known = Object.keys(action?.schema?.input?.properties ?? {});
      expect(known).toEqual(expect.arrayContaining(Object.keys(step.input)));
      const used = JSON.stringify(step.input).match(
        /(?<=parameters\.)[a-zA-Z]+/g,
      );
      expect([...new Set(used)].sort()).toEqual(asked.sort());
      return step.action;
    });
    expect(seen).toEqual([
      'llm:request-access',
      'llm:request-model',
      'llm:decide-request',
    ]);
  });

  it('ask for nothing that the portal refuses', () => {
    const { manifest } = read('request-model.yaml').spec.steps[0].input;
    expect(Object.keys(manifest.spec).sort()).toEqual([
      'access',
      'model',
      'resources',
    ]);
    expect(withoutBlanks(manifest)).toEqual(manifest);
  });
});
