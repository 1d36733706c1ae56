import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { World } from '../world/world';
import { AppliedFault, faultKinds, FaultTargets } from './faultKinds';
import { BodyError, parseObject, text } from './parseBody';
import { RequestFaultList } from './requestFaultList';
import { OpenConnections, RequestFaults } from './requestFaults';

/** The part of the API server that faults act on. */
export interface FaultyServer extends OpenConnections {
  compactHistory(): void;
  requests?: RequestFaults;
}

/** How the admin endpoint is started. */
export interface AdminOptions {
  /** Port on 127.0.0.1; 0, the default, takes a free one. */
  port?: number;
  world: World;
  server: FaultyServer;
}

/** The running admin endpoint. */
export interface Admin {
  url: string;
  stop(): Promise<void>;
}

interface Fault {
  id: string;
  body: Record<string, unknown>;
  applied: AppliedFault;
}

interface Answer {
  status: number;
  body: unknown;
}

const MAX_BODY_BYTES = 64 * 1024;

/** The faults that are set. */
class Faults {
  readonly #targets: FaultTargets;
  readonly #set = new Map<string, Fault>();
  #count = 0;

  constructor(targets: FaultTargets) {
    this.#targets = targets;
  }

  list(): unknown[] {
    for (const [id, { applied }] of this.#set)
      if (applied.isOver?.()) this.#set.delete(id);
    return [...this.#set.values()].map(({ id, body }) => ({ id, ...body }));
  }

  add(body: Record<string, unknown>): Answer {
    const type = text(body.type, 'type');
    const kind = faultKinds.get(type);
    if (!kind)
      throw new BodyError(
        'type',
        `must be one of ${[...faultKinds.keys()].join(', ')}`,
      );
    const applied = kind.apply(body, this.#targets);
    if (!applied.heal)
      return { status: 200, body: { ...body, did: applied.did } };
    this.#count += 1;
    const id = String(this.#count);
    this.#set.set(id, { id, body, applied });
    return { status: 201, body: { id, ...body } };
  }

  remove(id: string): Answer {
    const fault = this.#set.get(id);
    if (!fault)
      return {
        status: 404,
        body: { error: `no fault ${id}; GET /faults lists them` },
      };
    this.#set.delete(id);
    fault.applied.heal?.();
    return { status: 200, body: { id, healed: true } };
  }

  removeAll(): Answer {
    const ids = [...this.#set.keys()];
    for (const id of ids) this.remove(id);
    return { status: 200, body: { healed: ids.length } };
  }
}

/**
 * Starts the endpoint that injects faults: `GET /` says what there is, `POST /faults` sets one, `GET /faults` lists those that last,
 * `DELETE /faults/<id>` heals it. Plain HTTP without authentication: it listens on 127.0.0.1 only.
 */
export async function startAdmin({
  port = 0,
  world,
  server,
}: AdminOptions): Promise<Admin> {
  const requests = new RequestFaultList();
  server.requests = requests;
  const faults = new Faults({ world, server, requests });
  const http = createServer((request, response) => {
    answer(faults, request).then(
      result => send(response, result),
      error =>
        send(response, {
          status: error instanceof BodyError ? 400 : 500,
          body: { error: String(error.message) },
        }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, '127.0.0.1', resolve);
  });
  const address = http.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}`,
    stop: () =>
      new Promise(resolve => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

async function answer(
  faults: Faults,
  request: IncomingMessage,
): Promise<Answer> {
  const { pathname } = new URL(request.url ?? '/', 'http://admin');
  const [, first, id, more] = pathname.split('/');
  if (pathname === '/')
    return request.method === 'GET'
      ? { status: 200, body: help() }
      : notAllowed('GET');
  if (first !== 'faults' || more !== undefined) {
    return {
      status: 404,
      body: { error: `nothing at ${pathname}; GET / says what there is` },
    };
  }
  if (id)
    return request.method === 'DELETE'
      ? faults.remove(id)
      : notAllowed('DELETE');
  if (request.method === 'GET')
    return { status: 200, body: { faults: faults.list() } };
  if (request.method === 'POST')
    return faults.add({ ...parseObject(await read(request)) });
  return request.method === 'DELETE'
    ? faults.removeAll()
    : notAllowed('GET, POST, DELETE');
}

function notAllowed(methods: string): Answer {
  return { status: 405, body: { error: `use ${methods}` } };
}

function help(): unknown {
  return {
    about: 'Faults of the Slipway sandbox',
    requests: {
      'POST /faults': 'sets a fault; the body is one of the examples below',
      'GET /faults': 'faults that are set',
      'DELETE /faults/<id>': 'heals one',
      'DELETE /faults': 'heals all',
    },
    faults: Object.fromEntries(
      [...faultKinds].map(([type, { summary, example }]) => [
        type,
        { summary, example },
      ]),
    ),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new BodyError(
        'body',
        `must not be larger than ${MAX_BODY_BYTES} bytes`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body, undefined, 2)}\n`);
}
