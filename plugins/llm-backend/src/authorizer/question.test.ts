import {
  bearer,
  grant,
  key,
  member,
  Scene,
  secretOf,
} from './__testUtils__/scene';

const token = { ...bearer('aaa.bbb.ccc') };
const identity = (groups: string[], user = 'user:default/mara') => ({
  user,
  groups,
});
const list = (host = 'llm.example.com') => ({
  method: 'GET',
  path: '/v1/models',
  host,
  body: Buffer.alloc(0),
});

describe('the body', () => {
  const ask = (
    body: string | Buffer,
    headers: Record<string, string> = {},
    path = '/v1/chat/completions',
  ) =>
    Scene.create([key('a')]).outcome({
      path,
      headers: { ...bearer(secretOf('a')), ...headers },
      body: Buffer.from(body),
    });
  const form = (...fields: string[]) =>
    `${fields
      .map(field => `--b\r\ncontent-disposition: form-data; ${field}\r\n`)
      .join('')}--b--\r\n`;
  const forms = { 'content-type': 'multipart/form-data; boundary=b' };
  const audio = '/v1/audio/transcriptions';

  it.each([
    [
      'of two fields the last counts',
      '{"model":"acme/closed","model":"acme/open"}',
      'pass',
    ],
    [
      'nor does the first help',
      '{"model":"acme/open","model":"acme/closed"}',
      '404 model_not_found',
    ],
    ['case matters', '{"model":"acme/open","MODEL":"acme/closed"}', 'pass'],
    ['letters may be escaped', '{"mod\\u0065l":"acme/\\u006fpen"}', 'pass'],
    ['no model', '{}', '400 missing_model'],
    ['an empty model', '{"model":""}', '400 missing_model'],
    ['a model that is no text', '{"model":["acme/open"]}', '400 missing_model'],
    ['a list', '[{"model":"acme/open"}]', '400 missing_model'],
    ['a name of every object', '{"model":"__proto__"}', '404 model_not_found'],
    [
      'two documents',
      '{"model":"acme/open"}{"model":"acme/open"}',
      '400 missing_model',
    ],
    ['no JSON', 'model=acme/open', '400 missing_model'],
    ['nothing', '', '400 missing_model'],
  ])('as JSON: %s', (_, body, outcome) => {
    expect(ask(body)).toBe(outcome);
  });

  it.each([
    ['gzip', { 'content-encoding': 'gzip' }, '415 unsupported_encoding'],
    [
      'two encodings',
      { 'content-encoding': 'identity, gzip' },
      '415 unsupported_encoding',
    ],
    ['no encoding', { 'content-encoding': 'identity' }, 'pass'],
    [
      'UTF-16',
      { 'content-type': 'application/json; charset=utf-16' },
      '415 unsupported_encoding',
    ],
    ['UTF-8', { 'content-type': 'Application/JSON; charset="UTF-8"' }, 'pass'],
    ['no type', { 'content-type': '' }, 'pass'],
    [
      'another type',
      { 'content-type': 'text/plain' },
      '415 unsupported_media_type',
    ],
    [
      'a form',
      { 'content-type': 'multipart/form-data; boundary=b' },
      '415 unsupported_media_type',
    ],
  ])('with %s', (_, headers, outcome) => {
    expect(ask('{"model":"acme/open"}', headers)).toBe(outcome);
  });

  it.each([
    [
      'a model and a file',
      form(
        'name="file"; filename="a.wav"\r\n\r\n!!!',
        'name="model"\r\n\r\nacme/open',
      ),
      'pass',
    ],
    ['a name without quotes', form('name=model\r\n\r\nacme/open'), 'pass'],
    [
      'two models',
      form('name="model"\r\n\r\nacme/open', 'name="model"\r\n\r\nacme/open'),
      '400 missing_model',
    ],
    [
      'a file named model',
      form('name="model"; filename="x"\r\n\r\nacme/open'),
      '400 missing_model',
    ],
    [
      'no model',
      form('name="file"; filename="a.wav"\r\n\r\nx'),
      '400 missing_model',
    ],
    [
      'no end',
      '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nacme/open',
      '400 missing_model',
    ],
    [
      'a longer delimiter',
      '--bb\r\ncontent-disposition: form-data; name="model"\r\n\r\nacme/open\r\n--b--',
      '400 missing_model',
    ],
    ['nothing', '', '400 missing_model'],
  ])('as a form: %s', (_, body, outcome) => {
    expect(ask(body.replace(/([^\n])--b/g, '$1\r\n--b'), forms, audio)).toBe(
      outcome,
    );
  });

  it('a form without boundary, or JSON where a file belongs: refused', () => {
    expect(ask('x', { 'content-type': 'multipart/form-data' }, audio)).toBe(
      '400 missing_model',
    );
    expect(ask('{"model":"acme/open"}', {}, audio)).toBe(
      '415 unsupported_media_type',
    );
  });
});

describe('where it goes', () => {
  it('only to paths and by methods that are known', () => {
    const scene = Scene.create([key('a')]);
    const outcome = (method: string, path: string) =>
      scene.outcome({ method, path, headers: bearer(secretOf('a')) });
    expect(outcome('POST', '/v1/embeddings?x=1')).toBe('pass');
    expect(outcome('POST', '/anthropic/v1/messages')).toBe('pass');
    expect(outcome('GET', '/v1/chat/completions')).toBe(
      '405 method_not_allowed',
    );
    expect(outcome('POST', '/v1/models')).toBe('405 method_not_allowed');
    for (const path of [
      '/',
      '/v1/chat/completions/',
      '/V1/chat/completions',
      '/v1/fine_tuning/jobs',
      '/metrics',
      '/v1/models/%zz',
    ]) {
      expect([path, outcome('GET', path)]).toEqual([path, '404 unknown_url']);
    }
  });

  it('which models there are: those that the caller may call at this endpoint, ready or not', () => {
    const models = [
      { model: 'llm/closed', grantId: 'g1' },
      { model: 'llm/loading' },
      { model: 'llm/inside' },
      { model: 'llm/team' },
    ];
    const scene = Scene.create([
      key('a', { models }),
      grant('g1'),
      member('otto', []),
    ]);
    const ids = (...args: Parameters<Scene['ask']>) => {
      const answer = scene.ask(...args);
      expect(answer).toMatchObject({ pass: false, status: 200 });
      return answer.pass
        ? []
        : JSON.parse(answer.body).data.map(({ id }: { id: string }) => id);
    };
    const headers = bearer(secretOf('a'));
    expect(ids({ ...list(), headers })).toEqual([
      'acme/closed',
      'acme/loading',
      'acme/team',
    ]);
    expect(ids({ ...list('llm-internal.example.com'), headers })).toContain(
      'acme/inside',
    );
    expect(
      ids(
        { ...list(), headers: token },
        identity(['llm'], 'user:default/otto'),
      ),
    ).toEqual(['acme/loading', 'acme/open']);
    scene.index.remove('grant', 'g1');
    expect(ids({ ...list(), headers })).toEqual(['acme/loading', 'acme/team']);
    scene.index.put({
      kind: 'block',
      id: 'b1',
      target: 'model',
      ref: 'llm/team',
    });
    expect(ids({ ...list(), headers })).toEqual(['acme/loading']);
    expect(scene.outcome({ ...list(), headers: {} })).toBe(
      '401 missing_api_key',
    );
  });

  it('what a model is, by its id: as it is or with its slash written out', () => {
    const scene = Scene.create([key('a')]);
    const read = (path: string) =>
      scene.ask({ ...list(), path, headers: bearer(secretOf('a')) });
    for (const path of ['/v1/models/acme/open', '/v1/models/acme%2Fopen']) {
      expect(read(path)).toMatchObject({
        status: 200,
        body: JSON.stringify({
          id: 'acme/open',
          object: 'model',
          created: 1793491200,
          owned_by: 'slipway',
        }),
      });
    }
    expect(read('/v1/models/acme/closed')).toMatchObject({ status: 404 });
    for (const ref of ['llm/open', 'llm/closed']) {
      scene.index.put({ kind: 'block', id: ref, target: 'model', ref });
    }
    expect(read('/v1/models/acme/open')).toMatchObject({ status: 403 });
    expect(read('/v1/models/acme/closed')).toMatchObject({ status: 404 });
  });
});
