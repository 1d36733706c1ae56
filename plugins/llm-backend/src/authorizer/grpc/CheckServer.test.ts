import { connect } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { waitFor } from '@slipway/controller/testing';
import fc from 'fast-check';
import { encodeQuestion, framed } from '../__testUtils__/askAsEnvoy';
import type { CheckAnswer, CheckQuestion } from '../types';
import { decodeCheckRequest, encodeCheckResponse } from './checkMessages';
import { Check, CheckServer, CheckServerOptions } from './CheckServer';
import { FieldCursor, ProtobufError } from './protobuf';

const PASS: CheckAnswer = { pass: true, headers: { a: 'b' }, remove: ['c'] };

const question: CheckQuestion = {
  method: 'POST',
  path: '/v1/chat/completions?x=ü',
  host: 'llm.example.com',
  headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
  body: Buffer.from('{"model":"ü"}'),
};

describe('the messages', () => {
  it('are read whole, whatever else is in them, and in bytes as in text', () => {
    fc.assert(
      fc.property(
        fc.record({
          method: fc.string(),
          path: fc.string({ unit: 'binary' }),
          host: fc.string(),
          headers: fc.dictionary(
            fc.string({ minLength: 1 }).filter(name => name !== '__proto__'),
            fc.string({ unit: 'binary' }),
          ),
          body: fc.uint8Array().map(bytes => Buffer.from(bytes)),
        }),
        fc.boolean(),
        (given, raw) => {
          const read = decodeCheckRequest(encodeQuestion(given, raw));
          expect({ ...read, headers: { ...read.headers } }).toEqual({
            ...given,
            headers: { ...given.headers },
          });
        },
      ),
    );
  });

  it('never read beyond their end, wherever they are cut or changed', () => {
    const whole = encodeQuestion(question);
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeCheckRequest(whole.subarray(0, length))).toThrow(
        ProtobufError,
      );
    }
    const failureOf = (bytes: Uint8Array): unknown => {
      try {
        decodeCheckRequest(Buffer.from(bytes));
        return undefined;
      } catch (error) {
        return error;
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        const failure = failureOf(bytes);
        expect(failure === undefined || failure instanceof ProtobufError).toBe(
          true,
        );
      }),
    );
    const endless = Buffer.alloc(20, 0xff);
    expect(() => decodeCheckRequest(endless)).toThrow(/longer than 10 bytes/);
  });

  it('say which headers replace what came, and which go', () => {
    const texts = (message: Buffer, ...path: number[]): string[] => {
      const found: string[] = [];
      const [field, ...rest] = path;
      const cursor = new FieldCursor(message);
      while (cursor.next()) {
        if (cursor.field === field) {
          const inner = message.subarray(cursor.start, cursor.end);
          found.push(
            ...(rest.length > 0 ? texts(inner, ...rest) : [inner.toString()]),
          );
        }
      }
      return found;
    };
    const long = 'x'.repeat(5_000);
    const pass = encodeCheckResponse({
      pass: true,
      headers: { one: long, two: 'ü' },
      remove: ['authorization', 'cookie'],
    });
    expect(pass[0]).toBe(0);
    expect(pass.readUInt32BE(1)).toBe(pass.length - 5);
    const message = pass.subarray(5);
    expect(texts(message, 1)).toEqual(['\b\0']);
    expect(texts(message, 3, 2, 1, 1).sort()).toEqual(['one', 'two']);
    expect(texts(message, 3, 2, 1, 2).sort()).toEqual([long, 'ü']);
    expect(texts(message, 3, 5).sort()).toEqual(['authorization', 'cookie']);
    const refusal = encodeCheckResponse({
      pass: false,
      status: 503,
      headers: { 'retry-after': '10' },
      body: '{"error":{}}',
    }).subarray(5);
    expect(texts(refusal, 1)).toEqual(['\b\x07']);
    expect(texts(refusal, 2, 3)).toEqual(['{"error":{}}']);
    expect(texts(refusal, 2, 2, 1, 2)).toEqual(['10']);
    expect(texts(refusal, 3)).toEqual([]);
  });
});

describe('the gRPC server', () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map(part => part.close()));
  });

  async function start(
    check: Check = () => PASS,
    options: Partial<CheckServerOptions> = {},
  ): Promise<{ server: CheckServer; session: ClientHttp2Session }> {
    const server = await CheckServer.start({
      check,
      port: 0,
      host: '127.0.0.1',
      maxMessageBytes: 1_000,
      maxBufferedBytes: 10_000,
      ...options,
    });
    const session = connect(`http://127.0.0.1:${server.port}`);
    session.on('error', () => {});
    open.push({ close: () => server.stop(100) }, session);
    return { server, session };
  }

  /** Sends frames, and the status of gRPC or, without one, that of HTTP. */
  function call(
    session: ClientHttp2Session,
    frames: Buffer[],
    headers: Record<string, string> = {},
  ): Promise<{ status: string; message: Buffer }> {
    return new Promise((resolve, reject) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/envoy.service.auth.v3.Authorization/Check',
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      });
      const seen: IncomingHttpHeaders = {};
      const chunks: Buffer[] = [];
      stream.on('response', got => Object.assign(seen, got));
      stream.on('trailers', got => Object.assign(seen, got));
      stream.on('data', chunk => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('close', () =>
        resolve({
          status: String(seen['grpc-status'] ?? seen[':status']),
          message: Buffer.concat(chunks),
        }),
      );
      frames.forEach(frame => stream.write(frame));
      stream.end();
    });
  }

  const asked = framed(encodeQuestion(question));

  it('answers what is asked, at once or later, however the question is cut', async () => {
    const questions: CheckQuestion[] = [];
    const { session } = await start(given => {
      questions.push(given);
      return questions.length > 1 ? Promise.resolve(PASS) : PASS;
    });
    const bytes = [...asked].map(byte => Buffer.from([byte]));
    for (const frames of [[asked], bytes]) {
      const { status, message } = await call(session, frames);
      expect(status).toBe('0');
      expect(message).toEqual(encodeCheckResponse(PASS));
    }
    expect(questions).toEqual([question, question]);
  });

  it('answers many questions on one connection at once', async () => {
    const { session } = await start(() => PASS, { maxBufferedBytes: 100_000 });
    const replies = await Promise.all(
      Array.from({ length: 200 }, () => call(session, [asked])),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(
      new Set(['0']),
    );
  });

  it.each([
    ['compressed', [framed(encodeQuestion(question), 1)], '12'],
    ['longer than the limit', [framed(Buffer.alloc(1_001))], '8'],
    ['said to be 4 GB long', [Buffer.from([0, 255, 255, 255, 255])], '8'],
    ['cut off', [asked.subarray(0, -1)], '3'],
    ['empty', [], '3'],
    ['twice', [asked, asked], '3'],
    ['no message', [framed(Buffer.from([0xff]))], '3'],
    ['about nothing', [framed(Buffer.alloc(0))], '3'],
  ])(
    'refuses a question that is %s, without asking',
    async (_, frames, code) => {
      const check = jest.fn(() => PASS);
      const { session } = await start(check);
      expect(await call(session, frames)).toMatchObject({ status: code });
      expect(check).not.toHaveBeenCalled();
      expect(await call(session, [asked])).toMatchObject({ status: '0' });
    },
  );

  it.each([
    ['another method', { ':path': '/grpc.health.v1.Health/Check' }, '12'],
    ['no gRPC', { 'content-type': 'application/json' }, '415'],
  ])('refuses %s', async (_, headers, code) => {
    const { session } = await start();
    expect(await call(session, [asked], headers)).toMatchObject({
      status: code,
    });
  });

  it('reads no more at once than it has memory for', async () => {
    const { session } = await start(() => PASS, { maxBufferedBytes: 300 });
    const slow = session.request({
      ':method': 'POST',
      ':path': '/envoy.service.auth.v3.Authorization/Check',
      'content-type': 'application/grpc',
    });
    slow.on('error', () => {});
    slow.write(framed(Buffer.alloc(290)).subarray(0, 280));
    const status = async () => (await call(session, [asked])).status;
    await waitFor(async () => (await status()) === '8');
    slow.close();
    await waitFor(async () => (await status()) !== '8');
    expect(await status()).toBe('0');
  });

  it('refuses when the check fails, and says nothing of the request', async () => {
    const faults: string[] = [];
    const onFault = (message: string) => faults.push(message);
    for (const check of [
      () => {
        throw new TypeError('about sk-slw-secret');
      },
      () => Promise.reject(new TypeError('about sk-slw-secret')),
    ]) {
      const { session } = await start(check, { onFault });
      expect(await call(session, [asked])).toMatchObject({ status: '13' });
    }
    expect(faults).toEqual([
      'the check failed: TypeError',
      'the check failed: TypeError',
    ]);
  });

  it('lets questions under way be answered when it stops, and takes no new connections', async () => {
    let answer: (given: CheckAnswer) => void = () => {};
    const check = jest.fn(
      () =>
        new Promise<CheckAnswer>(resolve => {
          answer = resolve;
        }),
    );
    const { server, session } = await start(check);
    const { port } = server;
    const goaway = new Promise(resolve => session.once('goaway', resolve));
    const reply = call(session, [asked]);
    await waitFor(() => check.mock.calls.length > 0);
    const stopped = server.stop(10_000);
    await goaway;
    answer(PASS);
    expect(await reply).toMatchObject({ status: '0' });
    await stopped;
    const late = connect(`http://127.0.0.1:${port}`);
    await expect(
      new Promise((_, reject) => late.once('error', reject)),
    ).rejects.toThrow('ECONNREFUSED');
  });

  it('cuts what is still open at its deadline', async () => {
    const { server, session } = await start(() => new Promise(() => {}));
    // It may end with a status or without any.
    const status = call(session, [asked]).then(
      reply => reply.status,
      () => 'cut',
    );
    await waitFor(() => !session.connecting);
    await server.stop(50);
    expect(await status).not.toBe('0');
  });
});
