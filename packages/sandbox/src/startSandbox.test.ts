import fs from 'node:fs';
import { createServer } from 'node:http';
import https from 'node:https';
import { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Sandbox, startSandbox } from './startSandbox';
import { ApiFailure, ResourceId, StoredObject } from './types';

const NS = 'nebari-llm-serving-system';
const deployments: ResourceId = { group: 'apps', plural: 'deployments' };
const pods: ResourceId = { group: '', plural: 'pods' };

interface Reply {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers of any kind; the tests compare them
  body: any;
}

/** A request to the Kubernetes API, as an administrator. */
function call(
  sandbox: Sandbox,
  method: string,
  url: string,
  body?: unknown,
): Promise<Reply> {
  const options = {
    method,
    ca: sandbox.caCert,
    agent: false,
    headers: {
      authorization: `Bearer ${sandbox.adminToken}`,
      'content-type': 'application/json',
    },
  };
  return new Promise((resolve, reject) => {
    const request = https.request(
      `${sandbox.apiUrl}${url}`,
      options,
      response => {
        const chunks: Buffer[] = [];
        response.on('data', chunk => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson =
            response.headers['content-type'] === 'application/json';
          resolve({
            status: response.statusCode ?? 0,
            body: isJson ? JSON.parse(text) : text,
          });
        });
      },
    );
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function admin(
  sandbox: Sandbox,
  method: string,
  url: string,
  body?: unknown,
): Promise<Reply> {
  const response = await fetch(`${sandbox.adminUrl}${url}`, {
    method,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

/** Resolves when an object of the kind is as wanted. */
function until(
  sandbox: Sandbox,
  resource: ResourceId,
  wanted: (object: StoredObject) => boolean,
): Promise<StoredObject> {
  return new Promise(resolve => {
    const seen: { end?: () => void } = {};
    seen.end = sandbox.cluster.subscribe(
      resource,
      ({ type, object }) => {
        if (type === 'DELETED' || !wanted(object)) return;
        seen.end?.();
        resolve(object);
      },
      { replay: true },
    );
  });
}

const available = (name: string) => (object: StoredObject) =>
  object.metadata.name === name && object.status?.availableReplicas === 1;

function deployment(name: string, image = 'example.com/app:1') {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NS },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image }] },
      },
    },
  };
}

const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
});

// A sandbox starts in two seconds, but not while other tests have the machine.

describe('startSandbox', () => {
  let sandbox: Sandbox;
  const errors: unknown[] = [];

  beforeAll(async () => {
    sandbox = await startSandbox({
      delays: { scale: 0 },
      onError: error => errors.push(error),
    });
  });
  afterAll(() => sandbox.stop());
  afterEach(() => admin(sandbox, 'DELETE', '/faults'));

  it('the platform is there: nodes with GPUs, storage, a Gateway, namespaces and our own kinds', async () => {
    const list = (group: string, plural: string) =>
      sandbox.cluster
        .list({ group, plural })
        .map(({ metadata }) => metadata.name);
    expect(list('', 'nodes').sort()).toEqual([
      'cpu-1',
      'gpu-a-1',
      'gpu-a-2',
      'gpu-b-1',
    ]);
    expect(list('storage.k8s.io', 'storageclasses').sort()).toEqual([
      'shared',
      'standard',
    ]);
    expect(list('gateway.networking.k8s.io', 'gateways')).toEqual(['ai']);
    const { metadata } = (
      await call(sandbox, 'GET', `/api/v1/namespaces/${NS}`)
    ).body;
    expect(metadata.labels).toMatchObject({ 'nebari.dev/managed': 'true' });
    expect(
      (await call(sandbox, 'GET', '/apis/llm.nebari.dev/v1alpha1/llmmodels'))
        .status,
    ).toBe(200);
  });

  it('a Deployment created over HTTP becomes available, and its pod has a log', async () => {
    const created = await call(
      sandbox,
      'POST',
      `/apis/apps/v1/namespaces/${NS}/deployments`,
      deployment('web'),
    );
    expect(created.status).toBe(201);
    await until(sandbox, deployments, available('web'));
    const pod = await until(
      sandbox,
      pods,
      ({ metadata }) => metadata.labels?.app === 'web',
    );
    const log = await call(
      sandbox,
      'GET',
      `/api/v1/namespaces/${NS}/pods/${pod.metadata.name}/log`,
    );
    expect(log).toEqual({ status: 200, body: '' });
  });

  it('GET / of the admin endpoint says what there is, and every example in it works', async () => {
    const { body } = await admin(sandbox, 'GET', '/');
    const kinds: { example: object }[] = Object.values(body.faults);
    expect(kinds.length).toBeGreaterThan(8);
    for (const { example } of kinds) {
      const { status, body: answer } = await admin(
        sandbox,
        'POST',
        '/faults',
        example,
      );
      expect([200, 201]).toContain(status);
      expect(answer).toMatchObject(example);
    }
    const { body: list } = await admin(sandbox, 'GET', '/faults');
    expect(list.faults.length).toBeGreaterThan(5);
  });

  it.each([
    ['not json', /^body must be JSON/],
    ['[]', /^body must be a JSON object/],
    ['{"type":"meteor"}', /^type must be one of conflict, /],
    ['{"type":"slow"}', /^delayMs must be a whole number from 1 up/],
    [
      '{"type":"slow","delayMs":5,"colour":"red"}',
      /^colour is not a field of this fault; it takes /,
    ],
    ['{"type":"node-gone","node":"x"}', /^node x does not exist/],
    [
      '{"type":"download","repository":"a/b","reason":"Bad"}',
      /^reason must be one of SourceForbidden, /,
    ],
  ])(
    'a fault %s is refused with the field and the remedy',
    async (body, message) => {
      const answer = await admin(sandbox, 'POST', '/faults', body);
      expect(answer).toEqual({
        status: 400,
        body: { error: expect.stringMatching(message) },
      });
    },
  );

  it('the next write that matches a conflict fault meets it, and the one after that does not', async () => {
    const url = `/api/v1/namespaces/${NS}/configmaps`;
    await call(sandbox, 'POST', url, configMap('conflicting'));
    await admin(sandbox, 'POST', '/faults', {
      type: 'conflict',
      plural: 'configmaps',
      name: 'conflicting',
    });
    const first = await call(
      sandbox,
      'PUT',
      `${url}/conflicting`,
      configMap('conflicting'),
    );
    expect(first.body).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: expect.stringMatching(
        /^Operation cannot be fulfilled on configmaps "conflicting"/,
      ),
    });
    expect(
      (
        await call(
          sandbox,
          'PUT',
          `${url}/conflicting`,
          configMap('conflicting'),
        )
      ).status,
    ).toBe(200);
  });

  it('a dropped connection and a failing server are seen by clients, and end', async () => {
    const url = `/api/v1/namespaces/${NS}/configmaps`;
    await admin(sandbox, 'POST', '/faults', {
      type: 'drop',
      plural: 'configmaps',
    });
    await expect(call(sandbox, 'GET', url)).rejects.toThrow(
      /socket hang up|ECONNRESET/,
    );
    await admin(sandbox, 'POST', '/faults', {
      type: 'error',
      code: 503,
      plural: 'configmaps',
      times: 1,
    });
    expect((await call(sandbox, 'GET', url)).status).toBe(503);
    expect((await call(sandbox, 'GET', url)).status).toBe(200);
  });

  it('an image that can not be pulled holds a pod until the fault is healed', async () => {
    const { body } = await admin(sandbox, 'POST', '/faults', {
      type: 'image',
      image: 'example.com/late',
    });
    sandbox.cluster.create(
      deployments,
      deployment('late', 'example.com/late:1'),
      'test',
    );
    await until(
      sandbox,
      pods,
      ({ metadata, status }) =>
        metadata.labels?.app === 'late' &&
        status?.containerStatuses?.[0].state.waiting?.reason ===
          'ImagePullBackOff',
    );
    await admin(sandbox, 'DELETE', `/faults/${body.id}`);
    await until(sandbox, deployments, available('late'));
    expect((await admin(sandbox, 'DELETE', `/faults/${body.id}`)).status).toBe(
      404,
    );
  });

  it('writes of the simulated components go through admission like all others', () => {
    expect(() =>
      sandbox.cluster.create(
        pods,
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'x', namespace: NS },
          spec: {},
        },
        'test',
      ),
    ).toThrow(ApiFailure);
  });

  it('a port that is taken is named with its flag, and nothing stays behind', async () => {
    const blocker = createServer();
    await new Promise<void>(resolve => {
      blocker.listen(0, '127.0.0.1', resolve);
    });
    const address: AddressInfo | string | null = blocker.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(startSandbox({ ports: { admin: port } })).rejects.toThrow(
      `Port ${port} (admin) is in use. Stop what listens there, or choose another with --admin-port.`,
    );
    blocker.close();
  });

  it('kubeconfig and certificate are written to the state folder', async () => {
    const stateDir = fs.mkdtempSync(path.join(os.tmpdir(), 'sandbox-'));
    const other = await startSandbox({ stateDir });
    await other.stop();
    expect(fs.readFileSync(path.join(stateDir, 'kubeconfig'), 'utf8')).toBe(
      other.kubeconfig,
    );
    expect(fs.readFileSync(path.join(stateDir, 'ca.crt'), 'utf8')).toBe(
      other.caCert,
    );
    fs.rmSync(stateDir, { recursive: true });
  });

  it('nothing in the sandbox itself has failed meanwhile', () => {
    expect(errors).toEqual([]);
  });
});
