import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { FakeClock } from '../world/clock';
import { eventually, internalHost, TestGateway } from './testing/testGateway';

const curlInstalled = spawnSync('curl', ['--version']).error === undefined;

/** Runs curl; answers what it printed. */
function curl(args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('curl', ['-sS', ...args]);
    let output = '';
    child.stdout.on('data', chunk => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', () => resolve(output));
  });
}

describe('answers that take their time', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await new TestGateway().start({
      serving: { firstTokenMs: 200, tokenMs: 20 },
    });
    for (const [name, timeout] of [
      ['patient', '30s'],
      ['hasty', '50ms'],
      ['brief', '2s'],
    ]) {
      gateway.pool({ name });
      gateway.route({ name, timeout });
    }
    await eventually(
      () =>
        gateway.get('httpRoutes', 'brief-internal')?.status?.parents?.length,
    );
  });
  afterAll(() => gateway.stop());

  const metrics = (name: string) => {
    const server = gateway.modelServers
      .list()
      .find(({ servedModelNames }) => servedModelNames[0] === `org/${name}`);
    return server ? gateway.gateway.serving.metricsOf(server) : '';
  };

  /** Opens a stream of `n` answers and answers it with its pieces as they come. */
  const open = (model: string, n = 1) =>
    new Promise<{
      pieces: string[];
      ended: Promise<'end' | 'cut'>;
      leave(): void;
    }>((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: gateway.gateway.port,
          servername: internalHost,
          ca: gateway.ca,
          agent: false,
          method: 'POST',
          path: '/v1/completions',
          headers: { host: internalHost },
        },
        response => {
          const pieces: string[] = [];
          const ended = new Promise<'end' | 'cut'>(done => {
            response.on('end', () => done('end'));
            response.on('error', () => done('cut'));
          });
          response.setEncoding('utf8').on('data', piece => pieces.push(piece));
          resolve({ pieces, ended, leave: () => sent.destroy() });
        },
      );
      sent.on('error', reject);
      sent.end(JSON.stringify({ model, prompt: 'x', n, stream: true }));
    });

  it('come token by token', async () => {
    const { pieces, ended } = await open('org/patient');
    expect(await ended).toBe('end');
    expect(pieces.length).toBeGreaterThan(10);
    expect(pieces.join('')).toMatch(/data: \[DONE\]\n\n$/);
  });

  it('stop at the model server when the client leaves', async () => {
    const { pieces, leave } = await open('org/patient');
    await eventually(() => pieces.length > 2);
    leave();
    await eventually(() =>
      metrics('patient').includes('finished_reason="abort"} 1'),
    );
    expect(metrics('patient')).toMatch(/num_requests_running\{[^}]*\} 0/);
  });

  it('end when the route’s time is up: 504 before the first byte, a cut stream after it', async () => {
    expect(await gateway.chat('org/hasty')).toMatchObject({
      status: 504,
      body: 'upstream request timeout',
    });
    // A hundred answers take far longer than the route allows.
    const { pieces, ended } = await open('org/brief', 100);
    expect(await ended).toBe('cut');
    expect(pieces.join('')).not.toContain('[DONE]');
  });

  it.each<[number, string, object | undefined]>([
    [30, 'backendRequest', { request: '60s', backendRequest: '30s' }],
    [60, 'request', { request: '60s' }],
    [15, 'Envoy’s default', undefined],
  ])('have %s s by %s', async (seconds, _, timeouts) => {
    const clock = new FakeClock();
    const slow = await new TestGateway().start({
      clock,
      serving: { firstTokenMs: 600_000 },
    });
    try {
      slow.pool({ name: 'm' });
      slow.create('httpRoutes', {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: 'm', namespace: 'models' },
        spec: {
          parentRefs: [{ name: 'ai', namespace: 'envoy-gateway-system' }],
          rules: [
            {
              backendRefs: [
                {
                  group: 'inference.networking.k8s.io',
                  kind: 'InferencePool',
                  name: 'm',
                },
              ],
              timeouts,
            },
          ],
        },
      });
      clock.advance(1000);
      const reply = slow.chat('org/m');
      const [server] = slow.modelServers.list();
      const running = () =>
        /num_requests_running\{[^}]*\} 1/.test(
          slow.gateway.serving.metricsOf(server),
        );
      await eventually(running);
      clock.advance(seconds * 1000 - 1);
      await new Promise(resolve => setImmediate(resolve));
      expect(running()).toBe(true);
      clock.advance(1);
      expect(await reply).toMatchObject({
        status: 504,
        body: 'upstream request timeout',
      });
    } finally {
      await slow.stop();
    }
  });

  it('do not mind clients that send half a request and go, or one byte at a time', async () => {
    const socket = connect({
      host: '127.0.0.1',
      port: gateway.gateway.port,
      servername: internalHost,
      ca: gateway.ca,
    });
    await new Promise(resolve => socket.once('secureConnect', resolve));
    socket.write(
      `POST /v1/completions HTTP/1.1\r\nhost: ${internalHost}\r\ncontent-length: 100\r\n\r\n{"mod`,
    );
    await new Promise(resolve => setImmediate(resolve));
    socket.destroy();

    const slow = connect({
      host: '127.0.0.1',
      port: gateway.gateway.port,
      servername: internalHost,
      ca: gateway.ca,
    });
    let answer = '';
    slow.setEncoding('utf8').on('data', piece => {
      answer += piece;
    });
    const body = JSON.stringify({
      model: 'org/patient',
      prompt: 'x',
      max_tokens: 1,
    });
    const text = `POST /v1/completions HTTP/1.1\r\nhost: ${internalHost}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
    for (const character of text) {
      slow.write(character);
      await new Promise(resolve => setImmediate(resolve));
    }
    await new Promise(resolve => slow.once('close', resolve));
    expect(answer).toMatch(/^HTTP\/1.1 200/);
    expect(gateway.errors).toEqual([]);
  });

  it('refuse heads that are too large', async () => {
    expect(
      await gateway.call('/v1/models', {
        headers: { 'x-large': 'x'.repeat(70_000) },
      }),
    ).toMatchObject({ status: 431 });
  });

  it('reach curl, with the certificate and the host name', async () => {
    if (!curlInstalled && !process.env.CI) {
      process.stderr.write('skipped: curl is not installed\n');
      return;
    }
    const folder = mkdtempSync(path.join(tmpdir(), 'gateway-'));
    try {
      const ca = path.join(folder, 'ca.crt');
      writeFileSync(ca, gateway.ca);
      const { port } = gateway.gateway;
      const output = await curl([
        '--cacert',
        ca,
        '--resolve',
        `${internalHost}:${port}:127.0.0.1`,
        `https://${internalHost}:${port}/v1/chat/completions`,
        '-d',
        JSON.stringify({
          model: 'org/patient',
          messages: [{ role: 'user', content: 'Hello' }],
        }),
      ]);
      expect(output).toContain('"object":"chat.completion"');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
