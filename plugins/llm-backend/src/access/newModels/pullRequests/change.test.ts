import fc from 'fast-check';
import { marked, Token } from 'marked';
import { parse } from 'yaml';
import { exampleModel } from '../../../models/__testUtils__/examples';
import type { AccessRequest } from '../../types';
import { ModelManifest, readManifest } from '../manifest';
import { changeOf } from './change';

const request: AccessRequest = {
  id: 'req_1',
  kind: 'new-model',
  tenant: 'portal',
  model: 'llm/tiny',
  requester: 'user:default/mara',
  subject: { kind: 'user', ref: 'user:default/mara' },
  reason: 'for reviews',
  days: 0,
  state: 'approved',
  waitsFor: 'approvers',
  approvers: 'admins',
  createdAt: '2026-11-20T08:00:00.000Z',
  expiresAt: '2026-12-04T08:00:00.000Z',
  decidedBy: 'user:default/priya',
  decidedAt: '2026-11-20T09:00:00.000Z',
};

const manifest: ModelManifest = readManifest(
  {
    ...exampleModel(),
    metadata: { name: 'tiny', namespace: 'llm' },
  },
  { userEntityRef: 'user:default/mara', admin: false },
);

function propose(
  asked: Partial<AccessRequest> = {},
  model: ModelManifest = manifest,
) {
  return changeOf(
    {
      request: { ...request, ...asked },
      newModel: {
        requestId: request.id,
        manifest: model,
        round: 1,
        failures: 0,
      },
    },
    {
      path: 'clusters/{namespace}/{name}-{name}.yaml',
      portalUrl: 'https://portal.example.com',
    },
  );
}

/** What of a Markdown text is not code: everything that could format, link or mention. */
function proseOf(markdown: string): string {
  const prose: string[] = [];
  marked.walkTokens(marked.lexer(markdown), (token: Token) => {
    if (token.type !== 'code' && token.type !== 'codespan') {
      const hasChildren = 'tokens' in token || 'items' in token;
      prose.push(hasChildren ? token.type : `${token.type}: ${token.raw}`);
    }
  });
  return prose.join('\n');
}

/** The texts of its code. */
function codeOf(markdown: string): string[] {
  const code: string[] = [];
  marked.walkTokens(marked.lexer(markdown), (token: Token) => {
    if (token.type === 'code') {
      code.push(token.text);
    }
  });
  return code;
}

const nasty = [
  '@everyone please look',
  '``` \n# Approved\n@acme/owners\n```',
  '`````text\nnested',
  '~~~\nfence',
  '<img src=x onerror=alert(1)> [click](javascript:alert(1)) ![](http://evil)',
  'fixes #1\r\nCo-authored-by: x <x@x>',
  '---\nkind: Secret\n---',
  '\'"\\ ${{ secrets.TOKEN }} {{ x }} %s',
  '# comment\n- list\n> quote\n| a | b |\n|---|---|',
  'line\u2028separator \u202Eright to left\u0000\u0007',
  '    indented\n\ttab',
  '`'.repeat(50),
];

const reason = fc.oneof(
  fc.constantFrom(...nasty),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom('`', '~', '\n', '\r', ' ', '@', '#', '<', '>', 'a'),
    maxLength: 60,
  }),
);

it('says who asked, why, who approved and where, readably', () => {
  const change = propose({ expectedLoad: '20 requests a minute' });
  expect(change).toMatchObject({
    branch: 'slipway/req_1',
    path: 'clusters/llm/tiny-tiny.yaml',
    title: 'Add model llm/tiny',
  });
  expect(change.description)
    .toBe(`A new model, asked for and approved in Slipway. Merging this makes it.

- Model: \`llm/tiny\`
- Asked for by: \`user:default/mara\` of tenant \`portal\`, on 2026-11-20T08:00:00.000Z
- Approved by: \`user:default/priya\`, on 2026-11-20T09:00:00.000Z
- Request: https://portal.example.com/access/requests?request=req_1

What it is for:

\`\`\`text
for reviews
\`\`\`

Expected load:

\`\`\`text
20 requests a minute
\`\`\``);
  expect(change.content).toMatch(
    /^# Asked for and approved in Slipway: https:\/\/portal\.example\.com\/access\/requests\?request=req_1\napiVersion: llm\.nebari\.dev\/v1alpha1\nkind: LLMModel\nmetadata:\n {2}name: tiny\n/,
  );
});

it('lets no text of a person be more than text', () => {
  const harmless = proseOf(propose({ expectedLoad: 'x' }).description);
  fc.assert(
    fc.property(reason, reason, fc.string(), (why, load, who) => {
      const { description } = propose({
        reason: why,
        expectedLoad: load,
        requester: `user:default/m${who}`,
      });
      expect(proseOf(description)).toBe(harmless);
    }),
    { numRuns: 500 },
  );
});

it('keeps what a reviewer must read, and drops what does not show', () => {
  const { description } = propose({
    reason: 'why:\r\n```js\nx\n```\n\u202Eend\u0007',
  });
  expect(codeOf(description)).toEqual(['why:\n```js\nx\n```\nend']);
});

it('writes the model that would be applied, whatever is in it and whoever parses it', () => {
  const text = fc.oneof(
    fc.constantFrom(
      ...nasty,
      'yes',
      'on',
      'null',
      '~',
      '1e3',
      '0o17',
      '017',
      '1:30',
      '1_000',
      '.inf',
      '2026-11-20',
      '!!binary x',
      '&a',
      '*a',
      '<<',
      '=',
      '- x',
      '? x',
      ': ',
      '',
      ' ',
      '\n',
      'x\n\n',
      '%YAML 1.1',
      '...',
    ),
    fc.string({ unit: 'grapheme' }),
    fc.string(),
  );
  const value = fc.oneof(
    text,
    fc.integer(),
    fc.boolean(),
    fc.array(text, { maxLength: 3 }),
    fc.dictionary(
      text.filter(key => key !== '__proto__'),
      text,
      {
        maxKeys: 3,
        noNullPrototype: true,
      },
    ),
  );
  fc.assert(
    fc.property(value, text, (spec, licence) => {
      const model: ModelManifest = {
        ...manifest,
        metadata: {
          ...manifest.metadata,
          annotations: {
            ...manifest.metadata.annotations,
            'slipway.dev/licence': licence,
          },
        },
        spec: { ...manifest.spec, any: spec },
      };
      const { content } = propose({}, model);
      const applied = {
        ...model,
        metadata: {
          ...model.metadata,
          annotations: {
            ...model.metadata.annotations,
            'slipway.dev/request': 'req_1',
          },
        },
      };
      // Kubernetes and its tools read YAML 1.1, most others 1.2.
      for (const version of ['1.1', '1.2'] as const) {
        expect(parse(content, { version })).toEqual(applied);
      }
    }),
    { numRuns: 500 },
  );
});
