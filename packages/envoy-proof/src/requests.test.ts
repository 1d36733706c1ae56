import { gzipSync } from 'node:zlib';
import type { Chain } from './chain';
import { decide, grantedKey, modelInJson } from './chain';
import { modelDigest, modelId } from './objects';
import type { Decide } from './stubs/authorizer';
import { describeOnEnvoy } from './testing/describeOnEnvoy';

const [granted, alsoGranted, notGranted] = [0, 1, 2].map(modelId);
const protocols = ['grpc', 'http'] as const;
const padding = (bytes: number) => 'x'.repeat(bytes);

describeOnEnvoy('a request on a real Envoy', start => {
  describe.each(protocols)('with the authorizer asked over %s', protocol => {
    it('passes with a grant: without the credential, with the four headers', async () => {
      const chain = await start(protocol);
      await expect(chain.chat({ model: granted })).resolves.toMatchObject({
        status: 200,
      });
      const [{ headers }] = chain.modelServer.arrived;
      expect(headers).toMatchObject({
        'x-slipway-tenant': 'research',
        'x-slipway-key': 'k1',
        'x-slipway-owner': 'user:default/mara',
        'x-slipway-model': modelDigest(granted),
        'x-ai-eg-model': granted,
      });
      expect(headers).not.toHaveProperty('authorization');
      expect(headers).not.toHaveProperty('x-envoy-auth-headers-to-remove');
    });

    it('is refused in the words of the authorizer', async () => {
      const chain = await start(protocol);
      const unknownKey = await chain.request(
        'POST',
        '/v1/chat/completions',
        [['authorization', 'Bearer sk-slw-unknown']],
        JSON.stringify({ model: granted }),
      );
      expect(unknownKey).toMatchObject({
        status: 401,
        headers: { 'content-type': 'application/json' },
        body: '{"error":{"code":"invalid_api_key"}}',
      });
      for (const model of [notGranted, 'acme/never-heard-of']) {
        expect(await chain.chat({ model })).toMatchObject({
          status: 404,
          body: '{"error":{"code":"model_not_found"}}',
        });
      }
      expect(chain.modelServer.arrived).toEqual([]);
    });

    it.each([
      ['2 KB', 2_000],
      ['100 KB', 100_000],
      ['1 MB', 1_000_000],
      ['20 MB', 20_000_000],
    ])(
      'brings a body of %s to the authorizer and to the model',
      async (_, bytes) => {
        const chain = await start(protocol);
        const body = JSON.stringify({ model: granted, pad: padding(bytes) });
        expect(await chain.chat(body)).toMatchObject({ status: 200 });
        expect(chain.questions.map(({ body: read }) => read.length)).toEqual([
          body.length,
        ]);
        expect(chain.modelServer.arrived).toMatchObject([
          { bodyBytes: body.length },
        ]);
      },
    );

    it('brings a body of unknown length to the authorizer', async () => {
      const chain = await start(protocol);
      const body = JSON.stringify({ model: granted, pad: padding(100_000) });
      const reply = await chain.chat(body, [['transfer-encoding', 'chunked']]);
      expect(reply).toMatchObject({ status: 200 });
      expect(chain.questions[0].body).toHaveLength(body.length);
    });

    it('that uploads a file lets the authorizer read the model of the form', async () => {
      const chain = await start(protocol);
      const form = Buffer.concat([
        Buffer.from(
          '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n',
        ),
        Buffer.from(`${granted}\r\n--b\r\n`),
        Buffer.from('content-disposition: form-data; name="file"\r\n\r\n'),
        Buffer.from([0x00, 0xff, 0xfe, 0x80]),
        Buffer.from('\r\n--b--\r\n'),
      ]);
      await chain.chat(form, [
        ['content-type', 'multipart/form-data; boundary=b'],
      ]);
      const [{ headers, body }] = chain.questions;
      expect(headers['content-type']).toBe('multipart/form-data; boundary=b');
      expect(body).toHaveLength(form.length);
      expect(body.toString('latin1')).toContain(`\r\n\r\n${granted}\r\n`);
      // What is no UTF-8 reaches the authorizer unchanged over HTTP, and as `!` over gRPC.
      const file = body.subarray(form.indexOf(0xff), form.indexOf(0xff) + 3);
      expect(file.toString('latin1')).toBe(
        protocol === 'grpc' ? '!!!' : '\xff\xfe\x80',
      );
    });

    it('is refused with 413 when its body is over the limit, and nobody is asked', async () => {
      const chain = await start(protocol);
      const body = JSON.stringify({ model: granted, pad: padding(33_600_000) });
      expect(await chain.chat(body)).toMatchObject({ status: 413 });
      expect(chain.questions).toEqual([]);
      expect(chain.modelServer.arrived).toEqual([]);
    });

    it('shows the authorizer the path as it will be routed', async () => {
      const chain = await start(protocol);
      await chain.request('GET', '//v1/./x/../models', [
        ['authorization', grantedKey],
      ]);
      expect(chain.questions.map(({ path }) => path)).toEqual(['/v1/models']);
    });
  });

  describe('that asks which models there are', () => {
    const list = (chain: Chain) =>
      chain.request('GET', '/v1/models', [['authorization', grantedKey]]);

    it('is answered 200 by the authorizer itself over gRPC', async () => {
      const chain = await start('grpc');
      expect(await list(chain)).toMatchObject({
        status: 200,
        body: JSON.stringify({ data: [{ id: granted }, { id: alsoGranted }] }),
      });
      expect(chain.modelServer.arrived).toEqual([]);
    });

    it('cannot be answered 200 over HTTP, where 200 means "pass": the route refuses it', async () => {
      const chain = await start('http');
      expect(await list(chain)).toMatchObject({
        status: 403,
        body: 'RBAC: access denied',
      });
      expect(chain.modelServer.arrived).toEqual([]);
    });

    it('can be answered 200 over HTTP by a route of its own to the authorizer, on which nobody else is asked', async () => {
      const chain = await start('http-models-route', {
        decide: question =>
          question.path === '/v1/models'
            ? { pass: false, status: 200, headers: {}, body: '[]' }
            : decide(question),
      });
      expect(await list(chain)).toMatchObject({ status: 200, body: '[]' });
      expect(await chain.chat({ model: granted })).toMatchObject({
        status: 200,
      });
      expect(await chain.chat({ model: notGranted })).toMatchObject({
        status: 404,
      });
    });

    it('can be answered 203 over HTTP', async () => {
      const chain = await start('http', {
        decide: () => ({ pass: false, status: 203, headers: {}, body: '[]' }),
      });
      expect(await list(chain)).toMatchObject({ status: 203, body: '[]' });
    });
  });

  describe('for a model that is not ready', () => {
    const notReady: Decide = () => ({
      pass: false,
      status: 503,
      headers: { 'retry-after': '30' },
      body: '{"error":{"code":"model_not_ready"}}',
    });

    it('is answered 503 with Retry-After over gRPC', async () => {
      const chain = await start('grpc', { decide: notReady });
      expect(await chain.chat({ model: granted })).toMatchObject({
        status: 503,
        headers: { 'retry-after': '30' },
        body: '{"error":{"code":"model_not_ready"}}',
      });
    });

    it('is answered without a word over HTTP, where every 5xx means that the authorizer failed', async () => {
      const chain = await start('http', { decide: notReady });
      const reply = await chain.chat({ model: granted });
      expect(reply).toMatchObject({ status: 503, body: '' });
      expect(reply.headers).not.toHaveProperty('retry-after');
    });
  });
});

describeOnEnvoy(
  'a trick to be judged for one model and served by another',
  start => {
    const secret = JSON.stringify({ model: notGranted });
    const open = JSON.stringify({ model: granted });
    const text = (body: Buffer) => body.toString('latin1');
    const firstModel = (body: Buffer) =>
      /"model":"([^"]*)"/.exec(text(body))?.[1];
    const lastModel = (body: Buffer) =>
      [...text(body).matchAll(/"model":"([^"]*)"/gi)].at(-1)?.[1];
    const multipart = [
      '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n',
      `${notGranted}\r\n--b--\r\n`,
    ].join('');

    describe.each(protocols)('over %s', protocol => {
      it.each([
        [
          'two fields, the gateway reads the last',
          `{"model":"${granted}","model":"${notGranted}"}`,
          firstModel,
          lastModel,
        ],
        [
          'two fields, the gateway reads the first',
          `{"model":"${notGranted}","model":"${granted}"}`,
          lastModel,
          firstModel,
        ],
        [
          'two fields that differ in case',
          `{"model":"${granted}","MODEL":"${notGranted}"}`,
          modelInJson,
          lastModel,
        ],
      ])('%s: refused by the route', async (_, body, judged, routed) => {
        const chain = await start(protocol, {
          decide: question =>
            decide({
              ...question,
              body: Buffer.from(
                JSON.stringify({ model: judged(question.body) }),
              ),
            }),
          readModel: routed,
        });
        expect(await chain.chat(body)).toMatchObject({
          status: 403,
          body: 'RBAC: access denied',
        });
        expect(chain.questions).toHaveLength(1);
        expect(chain.modelServer.arrived).toEqual([]);
      });

      it.each([
        [
          'multipart',
          'multipart/form-data; boundary=b',
          [],
          Buffer.from(multipart),
        ],
        [
          'gzip',
          'application/json',
          [['content-encoding', 'gzip'] as const],
          gzipSync(secret),
        ],
        [
          'UTF-16',
          'application/json; charset=utf-16',
          [],
          Buffer.from(secret, 'utf16le'),
        ],
        [
          'bytes that are no UTF-8',
          'application/json',
          [],
          Buffer.from([0xff, 0xfe]),
        ],
      ])(
        '%s: refused by an authorizer that reads JSON in UTF-8 only',
        async (_, type, more, body) => {
          const chain = await start(protocol, { readModel: () => notGranted });
          const reply = await chain.chat(body, [
            ['content-type', type],
            ...more,
          ]);
          expect(reply).toMatchObject({ status: 404 });
          expect(chain.modelServer.arrived).toEqual([]);
        },
      );

      it('a body that only the gateway understands: refused by the route even if the authorizer is fooled', async () => {
        const chain = await start(protocol, {
          decide: question => decide({ ...question, body: Buffer.from(open) }),
          readModel: () => notGranted,
        });
        expect(await chain.chat(gzipSync(secret))).toMatchObject({
          status: 403,
        });
        expect(chain.modelServer.arrived).toEqual([]);
      });

      it.each([
        [
          'forged',
          [
            ['x-slipway-model', modelDigest(notGranted)],
            ['x-ai-eg-model', notGranted],
          ],
        ],
        [
          'in another case',
          [
            ['X-Slipway-Model', modelDigest(notGranted)],
            ['X-AI-EG-Model', notGranted],
          ],
        ],
        [
          'sent twice',
          [
            ['x-slipway-model', modelDigest(granted)],
            ['x-slipway-model', modelDigest(notGranted)],
            ['x-ai-eg-model', granted],
            ['x-ai-eg-model', notGranted],
          ],
        ],
        [
          'joined by commas',
          [
            [
              'x-slipway-model',
              `${modelDigest(granted)}, ${modelDigest(notGranted)}`,
            ],
            ['x-ai-eg-model', `${granted},${notGranted}`],
          ],
        ],
      ] satisfies [string, [string, string][]][])(
        'headers %s: stripped, so that only ours arrive',
        async (_, headers) => {
          const chain = await start(protocol);
          const all: [string, string][] = [
            ...headers,
            ['x-slipway-tenant', 'other'],
            ['x-slipway-new', '1'],
            ['x-ai-eg-new', '1'],
          ];
          expect(await chain.chat({ model: granted }, all)).toMatchObject({
            status: 200,
          });
          const names = chain.modelServer.arrived[0].rawHeaders.filter(
            (__, index) => index % 2 === 0,
          );
          expect(
            names.filter(name => /^x-(slipway|ai-eg)-/i.test(name)).sort(),
          ).toEqual([
            'x-ai-eg-model',
            'x-slipway-key',
            'x-slipway-model',
            'x-slipway-owner',
            'x-slipway-tenant',
          ]);
          expect(chain.modelServer.arrived[0].headers).toMatchObject({
            'x-slipway-model': modelDigest(granted),
            'x-ai-eg-model': granted,
            'x-slipway-tenant': 'research',
          });
          // Nor do they help where the authorizer forgets its own.
          const forgetful = await start(protocol, {
            decide: () => ({ pass: true, headers: {}, remove: [] }),
          });
          expect(
            await forgetful.chat({ model: notGranted }, all),
          ).toMatchObject({ status: 403 });
          expect(forgetful.modelServer.arrived).toEqual([]);
        },
      );

      it('headers with underscores: refused', async () => {
        const chain = await start(protocol);
        expect(
          await chain.chat({ model: granted }, [
            ['x_slipway_model', modelDigest(notGranted)],
          ]),
        ).toMatchObject({ status: 400 });
      });
    });
  },
);
