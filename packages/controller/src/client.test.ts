import http from 'node:http';
import { AddressInfo } from 'node:net';
import { createKubeClient, KubeClientOptions } from './client';
import { ApiCall, HttpKubeClient } from './httpKubeClient';
import { waitFor } from './testing';
import { KubeApiError, KubeObject, Resource, WatchEvent } from './types';

const CONFIG_MAPS: Resource = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const KEY = { namespace: 'default', name: 'a' };
const OBJECT: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: KEY,
};

type Handler = (
  request: http.IncomingMessage & { body: string },
  response: http.ServerResponse,
) => void;

const closing: (() => void)[] = [];
afterEach(() => {
  closing.splice(0).forEach(close => close());
});

/** A server that answers requests by these handlers, the last one again and again. */
async function serve(...handlers: Handler[]): Promise<{
  url: string;
  requests: http.IncomingMessage[];
  bodies: string[];
}> {
  const requests: http.IncomingMessage[] = [];
  const bodies: string[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', chunk => {
      body += chunk;
    });
    request.on('end', () => {
      requests.push(request);
      bodies.push(body);
      const handler = handlers.length > 1 ? handlers.shift() : handlers[0];
      handler?.(Object.assign(request, { body }), response);
    });
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { url: `http://127.0.0.1:${port}`, requests, bodies };
}

const json =
  (
    status: number,
    body: unknown,
    headers: Record<string, string> = {},
  ): Handler =>
  (_request, response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

function failureBody(code: number, reason: string, message: string) {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    reason,
    message,
  };
}

function kubeconfig(
  server: string,
  user: Record<string, unknown> = { token: 'secret' },
): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

async function connect(
  url: string,
  options: KubeClientOptions = {},
): Promise<HttpKubeClient> {
  const client = await createKubeClient({
    kubeconfigText: kubeconfig(url),
    ...options,
  });
  closing.push(() => client.close());
  return client;
}

describe('createKubeClient', () => {
  it('asks the API by its paths, with our token and name', async () => {
    const { url, requests, bodies } = await serve(
      json(200, { ...OBJECT, items: [], metadata: {} }),
    );
    const client = await connect(url, { userAgent: 'tester' });
    await client.get(CONFIG_MAPS, KEY);
    await client.list(CONFIG_MAPS, {
      namespace: 'ns',
      labelSelector: 'a in (b,c)',
      limit: 5,
    });
    const leases = {
      ...CONFIG_MAPS,
      apiVersion: 'coordination.k8s.io/v1',
      plural: 'leases',
    };
    await client.update(leases, OBJECT, { subresource: 'status' });
    await client.apply(CONFIG_MAPS, OBJECT, {
      fieldManager: 'us',
      force: true,
    });
    await client.mergePatch(CONFIG_MAPS, KEY, { data: null });
    await client.delete(CONFIG_MAPS, KEY, { preconditions: { uid: 'u' } });
    expect(
      requests.map(({ method, url: path }) => `${method} ${path}`),
    ).toEqual([
      'GET /api/v1/namespaces/default/configmaps/a',
      'GET /api/v1/namespaces/ns/configmaps?labelSelector=a%20in%20(b%2Cc)&limit=5',
      'PUT /apis/coordination.k8s.io/v1/namespaces/default/leases/a/status',
      'PATCH /api/v1/namespaces/default/configmaps/a?fieldManager=us&force=true&fieldValidation=Strict',
      'PATCH /api/v1/namespaces/default/configmaps/a',
      'DELETE /api/v1/namespaces/default/configmaps/a',
    ]);
    expect(requests[0].headers).toMatchObject({
      authorization: 'Bearer secret',
      'user-agent': 'tester',
    });
    expect(requests[3].headers['content-type']).toBe(
      'application/apply-patch+yaml',
    );
    expect(requests[4].headers['content-type']).toBe(
      'application/merge-patch+json',
    );
    expect(JSON.parse(bodies[5])).toMatchObject({
      preconditions: { uid: 'u' },
    });
  });

  it('throws what the server said, naming the request', async () => {
    const message = 'configmaps "a" not found';
    const { url } = await serve(
      json(404, failureBody(404, 'NotFound', message)),
      (_request, response) =>
        response.writeHead(502).end('<html>bad gateway</html>'),
    );
    const client = await connect(url);
    const error = await client.get(CONFIG_MAPS, KEY).catch(caught => caught);
    expect(error).toBeInstanceOf(KubeApiError);
    expect(error.status).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message,
    });
    expect(error.message).toContain('get configmaps default/a');
    await expect(client.get(CONFIG_MAPS, KEY)).rejects.toThrow('bad gateway');
  });

  it('comes back after the time that an overloaded server asks for', async () => {
    const { url, requests } = await serve(
      json(429, failureBody(429, 'TooManyRequests', 'slow down'), {
        'retry-after': '0',
      }),
      json(503, failureBody(503, 'ServiceUnavailable', 'starting'), {
        'retry-after': '0',
      }),
      json(200, OBJECT),
    );
    const client = await connect(url);
    await expect(client.get(CONFIG_MAPS, KEY)).resolves.toEqual(OBJECT);
    expect(requests).toHaveLength(3);
  });

  it('does not send a create again when the server may have begun with it', async () => {
    const { url, requests } = await serve(
      json(503, failureBody(503, 'ServiceUnavailable', 'webhook'), {
        'retry-after': '0',
      }),
    );
    const client = await connect(url);
    await expect(client.create(CONFIG_MAPS, OBJECT)).rejects.toThrow('webhook');
    expect(requests).toHaveLength(1);
  });

  it('reads again over a broken connection, but does not write again', async () => {
    const { url, requests } = await serve(
      request => request.socket.destroy(),
      json(200, OBJECT),
      (request, response) => {
        response.shouldKeepAlive = false;
        json(200, OBJECT)(request, response);
      },
      request => request.socket.destroy(),
    );
    const client = await connect(url);
    await expect(client.get(CONFIG_MAPS, KEY)).resolves.toEqual(OBJECT);
    expect(requests).toHaveLength(2);
    await client.get(CONFIG_MAPS, KEY);
    await expect(
      client.apply(CONFIG_MAPS, OBJECT, { fieldManager: 'us' }),
    ).rejects.toThrow();
    expect(requests).toHaveLength(4);
  });

  it('gives up a call that is not answered in time, and one whose signal aborts', async () => {
    const { url } = await serve(() => {});
    const client = await connect(url, { timeoutMs: 50 });
    await expect(client.get(CONFIG_MAPS, KEY)).rejects.toThrow(
      'no answer within 50 ms',
    );
    const controller = new AbortController();
    const pending = client.get(CONFIG_MAPS, KEY, { signal: controller.signal });
    controller.abort();
    await expect(pending).rejects.toThrow('abort');
  });

  it('keeps to its limit of calls in flight, except for leases', async () => {
    let open = 0;
    const answers: (() => void)[] = [];
    const { url, requests } = await serve((request, response) => {
      open += 1;
      answers.push(() => {
        open -= 1;
        json(200, OBJECT)(request, response);
      });
    });
    const client = await connect(url, { maxInFlight: 2 });
    const calls = [1, 2, 3, 4].map(() => client.get(CONFIG_MAPS, KEY));
    await waitFor(() => open === 2);
    const leases = {
      ...CONFIG_MAPS,
      apiVersion: 'coordination.k8s.io/v1',
      plural: 'leases',
    };
    const urgent = client.update(leases, OBJECT);
    await waitFor(() => open === 3);
    answers.splice(2).forEach(answer => answer());
    await urgent;
    expect(open).toBe(2);
    await waitFor(() => {
      answers.splice(0).forEach(answer => answer());
      return requests.length === 5 && open === 0;
    });
    await expect(Promise.all(calls)).resolves.toHaveLength(4);
  });

  it('asks the guard when its turn has come, not when it began to wait', async () => {
    const answers: (() => void)[] = [];
    const { url, requests } = await serve((request, response) => {
      answers.push(() => json(200, OBJECT)(request, response));
    });
    let allowed = true;
    const client = (await connect(url, { maxInFlight: 1 })).guarded(() => {
      if (!allowed) {
        throw new Error('not the leader');
      }
    });
    const first = client.apply(CONFIG_MAPS, OBJECT, { fieldManager: 'us' });
    const second = client.apply(CONFIG_MAPS, OBJECT, { fieldManager: 'us' });
    const refused = second.catch((error: Error) => error.message);
    await waitFor(() => answers.length === 1);
    allowed = false;
    answers[0]();
    await first;
    await expect(refused).resolves.toBe('not the leader');
    expect(requests).toHaveLength(1);
  });

  it('counts calls by verb, resource and code', async () => {
    const { url } = await serve(
      json(200, OBJECT),
      json(404, failureBody(404, 'NotFound', 'no')),
    );
    const calls: string[] = [];
    const onCall = ({ verb, resource, code }: ApiCall) =>
      calls.push(`${verb} ${resource} ${code}`);
    const client = await connect(url, { onCall });
    await client.get(CONFIG_MAPS, KEY);
    await client.delete(CONFIG_MAPS, KEY).catch(() => {});
    const gone = await createKubeClient({
      kubeconfigText: kubeconfig('http://127.0.0.1:9'),
      onCall,
    });
    const signal = AbortSignal.timeout(20);
    await gone.get(CONFIG_MAPS, KEY, { signal }).catch(() => {});
    expect(calls).toEqual([
      'get configmaps 200',
      'delete configmaps 404',
      'get configmaps 0',
    ]);
  });

  it('passes on each warning of the server once', async () => {
    const warning = '299 - "unknown field spec.x"';
    const { url } = await serve(json(200, OBJECT, { warning }));
    const warnings: string[] = [];
    const client = await connect(url, {
      onWarning: text => warnings.push(text),
    });
    await client.get(CONFIG_MAPS, KEY);
    await client.get(CONFIG_MAPS, KEY);
    expect(warnings).toEqual([`get configmaps default/a: ${warning}`]);
  });

  it('knows whether a kind is served', async () => {
    const { url } = await serve(
      json(200, { resources: [{ name: 'configmaps' }] }),
      json(200, { resources: [{ name: 'pods' }] }),
      json(404, failureBody(404, 'NotFound', 'no such group')),
    );
    const client = await connect(url);
    expect(await client.isServed(CONFIG_MAPS)).toBe(true);
    expect(await client.isServed(CONFIG_MAPS)).toBe(false);
    expect(await client.isServed(CONFIG_MAPS)).toBe(false);
  });

  it('gets a new token from an exec plugin when the server no longer takes the old one', async () => {
    const { url, requests } = await serve(
      json(401, failureBody(401, 'Unauthorized', 'expired')),
      json(200, OBJECT),
    );
    const credential = (token: string) =>
      JSON.stringify({
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status: { token, expirationTimestamp: '2999-01-01T00:00:00Z' },
      });
    const script = `process.stdout.write(${JSON.stringify(
      credential('PID'),
    )}.replace('PID', 't' + process.pid))`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', script],
    };
    const client = await connect(url, {
      kubeconfigText: kubeconfig(url, { exec }),
    });
    await client.get(CONFIG_MAPS, KEY);
    const tokens = requests.map(({ headers }) => headers.authorization);
    expect(tokens[0]).toMatch(/^Bearer t\d+$/);
    expect(tokens[1]).toMatch(/^Bearer t\d+$/);
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  it('says what is wrong with a kubeconfig', async () => {
    const text = kubeconfig('http://localhost');
    await expect(
      createKubeClient({ kubeconfigText: text, context: 'y' }),
    ).rejects.toThrow('no context "y": it has x');
    const nowhere = text.replace(
      '"current-context":"x"',
      '"current-context":"nowhere"',
    );
    await expect(createKubeClient({ kubeconfigText: nowhere })).rejects.toThrow(
      '"nowhere"',
    );
  });
});

describe('watch', () => {
  const line = (type: string, object: unknown) =>
    `${JSON.stringify({ type, object })}\n`;

  async function watching(handler: Handler, signal?: AbortSignal) {
    const { url, requests } = await serve(handler);
    const client = await connect(url);
    const events: WatchEvent[] = [];
    const ended = client.watch(
      CONFIG_MAPS,
      { resourceVersion: '5', timeoutSeconds: 300 },
      { signal, onEvent: event => events.push(event) },
    );
    return { events, ended, requests };
  }

  it('hands on events as they come, wherever the stream is cut', async () => {
    const name = 'grüße';
    const bytes = Buffer.from(
      line('ADDED', { metadata: { name } }) +
        line('BOOKMARK', { metadata: { name: '' } }),
    );
    const { events, ended, requests } = await watching(
      async (_request, response) => {
        response.writeHead(200);
        for (const byte of bytes) {
          response.write(Buffer.from([byte]));
          await new Promise(resolve => setImmediate(resolve));
        }
        response.end();
      },
    );
    await ended;
    expect(
      events.map(({ type, object }) => [type, object.metadata.name]),
    ).toEqual([
      ['ADDED', name],
      ['BOOKMARK', ''],
    ]);
    expect(requests[0].url).toBe(
      '/api/v1/configmaps?watch=true&allowWatchBookmarks=true&resourceVersion=5&timeoutSeconds=300',
    );
  });

  it('gives up a server that takes the request and does not answer', async () => {
    const { url } = await serve(() => {});
    const client = await connect(url, { timeoutMs: 50 });
    const opened = jest.fn();
    await expect(
      client.watch(CONFIG_MAPS, {}, { onOpen: opened, onEvent: () => {} }),
    ).rejects.toThrow(/configmaps.*: no answer within 50 ms/);
    expect(opened).not.toHaveBeenCalled();
  });

  it('throws the error that the server sends in the stream', async () => {
    const { ended } = await watching((_request, response) => {
      response
        .writeHead(200)
        .end(line('ERROR', failureBody(410, 'Expired', 'too old')));
    });
    await expect(ended).rejects.toMatchObject({
      status: { code: 410, reason: 'Expired' },
    });
  });

  it('throws when the connection breaks, also in the middle of an event', async () => {
    const { ended, events } = await watching((_request, response) => {
      response.writeHead(200);
      response.write(
        `${line('ADDED', { metadata: { name: 'a' } })}{"type":"ADD`,
        () => response.socket?.destroy(),
      );
    });
    await expect(ended).rejects.toThrow();
    expect(events).toHaveLength(1);
  });

  it('returns when its signal aborts', async () => {
    const controller = new AbortController();
    const { ended, requests } = await watching((_request, response) => {
      response.writeHead(200).flushHeaders();
    }, controller.signal);
    await waitFor(() => requests.length === 1);
    controller.abort();
    await expect(ended).resolves.toBeUndefined();
  });
});
