import http from 'node:http';
import https from 'node:https';
import { AddressInfo } from 'node:net';
import { createAuthority, issueCertificate } from '@slipway/sandbox';
import { ConnectionPool, PooledAnswer, PooledRequest } from './connectionPool';
import { waitFor } from './testing';

const closing: (() => void)[] = [];
afterEach(() => {
  closing.splice(0).forEach(close => close());
});

interface Seen {
  method?: string;
  host?: string;
  body: string;
  /** Number of the connection, from 0. */
  connection: number;
}

type Handler = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
) => void;

const ok: Handler = (_request, response) =>
  response.writeHead(200, { Warning: '299 - "a"' }).end('{"ä":1}');

/** Serves requests and notes on which connection each came. */
async function listen(server: http.Server, handler: Handler) {
  const seen: Seen[] = [];
  const sockets: unknown[] = [];
  server.on('request', async (request: http.IncomingMessage, response) => {
    if (!sockets.includes(request.socket)) {
      sockets.push(request.socket);
    }
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) {
      body += chunk;
    }
    seen.push({
      method: request.method,
      host: request.headers.host,
      body,
      connection: sockets.indexOf(request.socket),
    });
    handler(request, response);
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address: AddressInfo | string | null = server.address();
  return { port: typeof address === 'object' ? address?.port : 0, seen };
}

function poolFor(origin: string, tls = {}): ConnectionPool {
  const pool = new ConnectionPool({ origin, tls });
  closing.push(() => pool.destroy());
  return pool;
}

function send(
  pool: ConnectionPool,
  request: Partial<PooledRequest> = {},
  onSent: (stop: (reason: Error) => void) => void = () => {},
): Promise<PooledAnswer> {
  return pool.send(
    { method: 'GET', path: '/', headers: [], ...request },
    onSent,
  );
}

describe('ConnectionPool', () => {
  it('answers with status, headers and text, and stays on one connection, also after a DELETE with a body', async () => {
    const { port, seen } = await listen(http.createServer(), ok);
    const pool = poolFor(`http://127.0.0.1:${port}`);
    const answer = await send(pool, { method: 'POST', body: '"ü"' });
    expect(answer).toMatchObject({ status: 200, body: '{"ä":1}' });
    expect(answer.headers.warning).toBe('299 - "a"');
    await send(pool, { method: 'DELETE', body: '{}' });
    await send(pool);
    expect(seen).toEqual([
      { method: 'POST', host: `127.0.0.1:${port}`, body: '"ü"', connection: 0 },
      {
        method: 'DELETE',
        host: `127.0.0.1:${port}`,
        body: '{}',
        connection: 0,
      },
      { method: 'GET', host: `127.0.0.1:${port}`, body: '', connection: 0 },
    ]);
  });

  it('takes a connection more for each request at the same time, and none for those that follow', async () => {
    const waiting: (() => void)[] = [];
    const { port, seen } = await listen(http.createServer(), (_, response) =>
      waiting.push(() => response.end('{}')),
    );
    const pool = poolFor(`http://127.0.0.1:${port}`);
    const together = [send(pool), send(pool), send(pool)];
    await waitFor(() => waiting.length === 3);
    waiting.splice(0).forEach(answer => answer());
    await Promise.all(together);
    const later = [send(pool), send(pool)];
    await waitFor(() => waiting.length === 2);
    waiting.splice(0).forEach(answer => answer());
    await Promise.all(later);
    expect(new Set(seen.map(({ connection }) => connection)).size).toBe(3);
  });

  it('says of a broken connection whether it had been used before', async () => {
    let calls = 0;
    const { port } = await listen(http.createServer(), (request, response) => {
      calls += 1;
      if (calls === 2) {
        ok(request, response);
      } else {
        request.socket.destroy();
      }
    });
    const pool = poolFor(`http://127.0.0.1:${port}`);
    const patch = { method: 'PATCH', body: '{}' } as const;
    await expect(send(pool, patch)).rejects.toMatchObject({
      reusedSocket: false,
    });
    await send(pool, patch);
    await expect(send(pool, patch)).rejects.toMatchObject({
      code: 'UND_ERR_SOCKET',
      reusedSocket: true,
    });
  });

  it('opens a new connection when the server has closed the old one', async () => {
    const { port, seen } = await listen(http.createServer(), (_, response) => {
      response.shouldKeepAlive = false;
      response.end('{}');
    });
    const pool = poolFor(`http://127.0.0.1:${port}`);
    const patch = { method: 'PATCH', body: '{}' } as const;
    await send(pool, patch);
    await send(pool, patch);
    expect(seen.map(({ connection }) => connection)).toEqual([0, 1]);
  });

  it('breaks a request off with the reason that it is given, and goes on with others', async () => {
    const { port, seen } = await listen(http.createServer(), (_, response) => {
      if (seen.length > 1) {
        response.end('{}');
      }
    });
    const pool = poolFor(`http://127.0.0.1:${port}`);
    let stop: (reason: Error) => void = () => {};
    const stuck = send(pool, {}, how => {
      stop = how;
    });
    await waitFor(() => seen.length === 1);
    stop(new Error('enough'));
    await expect(stuck).rejects.toThrow('enough');
    await expect(send(pool)).resolves.toMatchObject({ body: '{}' });
  });

  it('breaks a request off that has no connection yet', async () => {
    const pool = poolFor('http://127.0.0.1:9');
    const never = send(pool, {}, stop => stop(new Error('enough')));
    await expect(never).rejects.toThrow('enough');
  });

  it('lets what is under way end when it is retired', async () => {
    const waiting: (() => void)[] = [];
    const { port } = await listen(http.createServer(), (_, response) =>
      waiting.push(() => response.end('{}')),
    );
    const pool = poolFor(`http://127.0.0.1:${port}`);
    const last = send(pool);
    await waitFor(() => waiting.length === 1);
    pool.retire();
    waiting[0]();
    await expect(last).resolves.toMatchObject({ status: 200 });
  });

  it('speaks only to a server that its authority vouches for, by the name that it was told', async () => {
    const authority = await createAuthority();
    const stranger = await createAuthority();
    const { cert, key } = await issueCertificate(authority, ['api.internal']);
    const { port, seen } = await listen(https.createServer({ cert, key }), ok);
    const origin = `https://127.0.0.1:${port}`;
    const servername = 'api.internal';
    await expect(
      send(poolFor(origin, { ca: stranger.cert, servername })),
    ).rejects.toThrow(/certificate/);
    await expect(send(poolFor(origin, { ca: authority.cert }))).rejects.toThrow(
      /127\.0\.0\.1/,
    );
    expect(seen).toEqual([]);
    await send(poolFor(origin, { ca: authority.cert, servername }));
    await send(poolFor(origin, { rejectUnauthorized: false }));
    expect(seen).toHaveLength(2);
  });
});
