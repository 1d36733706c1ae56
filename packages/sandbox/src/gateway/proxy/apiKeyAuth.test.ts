import { readFileSync } from 'node:fs';
import path from 'node:path';
import { authenticateByKey } from './apiKeyAuth';
import { localReplies } from './localReply';

/** What a real Envoy answered. */
const replies: Record<
  string,
  { status: number; body?: string; client?: string }
> = JSON.parse(
  readFileSync(
    path.join(__dirname, '..', 'testdata', 'envoyReplies.json'),
    'utf8',
  ),
);

describe('keys of requests', () => {
  const auth = {
    credentialRefs: [{ name: 'keys' }],
    extractFrom: [
      { headers: ['Authorization', 'X-Key'] },
      { params: ['key'] },
      { cookies: ['key'] },
    ],
    forwardClientIDHeader: 'x-client',
  };
  const answer = (
    keys: [string, string][],
    fields: Record<string, string>,
    query = '',
  ) => {
    const headers = new Map(Object.entries(fields));
    const known = authenticateByKey(
      auth,
      new Map(keys),
      headers,
      new URLSearchParams(query),
    );
    return known
      ? { status: 200, client: headers.get('x-client') }
      : { status: 401, body: localReplies.apiKeyMissing.body };
  };

  it.each<[string, Record<string, string>, string?]>([
    ['none', {}],
    ['bearer', { authorization: 'Bearer secret' }],
    ['plain', { authorization: 'secret' }],
    ['x-key', { 'x-key': 'secret' }],
    ['x-key bearer', { 'x-key': 'Bearer secret' }],
    ['empty header', { authorization: '' }],
    // White space at the end of a header is not part of it.
    ['bearer empty', { authorization: 'Bearer' }],
    ['empty then x-key', { authorization: '', 'x-key': 'secret' }],
    ['bearer empty then query', { authorization: 'Bearer' }, 'key=secret'],
    ['query empty', {}, 'key='],
    ['cookie after empty query', { cookie: 'key=secret' }, 'key='],
    ['cookie empty', { cookie: 'key=' }],
    ['wrong then right', { authorization: 'Bearer wrong', 'x-key': 'secret' }],
    ['basic', { authorization: 'Basic secret' }],
    ['lower', { authorization: 'bearer secret' }],
    // What comes twice is one header.
    ['dup', { authorization: 'Bearer secret,Bearer x' }],
  ])('%s: as a real Envoy answers', (name, ...request) => {
    expect(answer([['secret', 'apps']], ...request)).toEqual(
      replies[`key ${name}`],
    );
  });

  it('an empty one is none, even where a Secret has it', () => {
    const requests: [Record<string, string>, string?][] = [
      [{}],
      [{ authorization: '' }],
      [{}, 'key='],
      [{ cookie: 'key=' }],
    ];
    for (const request of requests)
      expect(answer([['', 'placeholder']], ...request).status).toBe(401);
  });
});
