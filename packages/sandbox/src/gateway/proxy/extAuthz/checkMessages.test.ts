import { decodeCheckResponse, encodeCheckRequest } from './checkMessages';

const question = {
  id: 'r1',
  method: 'POST',
  path: '/v1/chat/completions?x=1',
  host: 'llm.example.com',
  scheme: 'https',
  protocol: 'HTTP/1.1',
  headers: new Map([['authorization', 'Bearer x']]),
  source: '127.0.0.1',
};

describe('messages to and from an authorizer', () => {
  it.each([
    ['a lone byte', [0x66, 0xff, 0x6f], 'f!o'],
    ['a sequence that is cut off', [0x61, 0xe2, 0x82], 'a!!'],
    ['a wrong second byte', [0xc3, 0x28], '!('],
    ['an overlong slash', [0xc0, 0xaf], '!!'],
    ['half a surrogate pair', [0xed, 0xa0, 0x80], '!!!'],
  ])(
    'bytes that are no UTF-8 become "!", one for one: %s',
    (_, bytes, expected) => {
      const valid = Buffer.from('é€😀');
      const message = encodeCheckRequest({
        ...question,
        body: Buffer.concat([valid, Buffer.from(bytes), valid]),
      });
      expect(message.toString()).toContain(`é€😀${expected}é€😀`);
    },
  );

  it('an answer that is cut off, of another kind or empty never lets a request pass with headers', () => {
    expect(() => decodeCheckResponse(Buffer.from([0x1a, 9, 1]))).toThrow(
      RangeError,
    );
    expect(() => decodeCheckResponse(Buffer.from([0x0b]))).toThrow(RangeError);
    expect(() => decodeCheckResponse(Buffer.from([0x08, 0xff]))).toThrow(
      RangeError,
    );
    expect(decodeCheckResponse(Buffer.alloc(0))).toEqual({
      ok: true,
      headers: [],
      remove: [],
      unknown: [],
    });
  });

  it('a refusal without details is a 403', () => {
    // status (1) with code (1) PERMISSION_DENIED (7)
    expect(decodeCheckResponse(Buffer.from([0x0a, 2, 0x08, 7]))).toEqual({
      ok: false,
      status: 403,
      headers: [],
      body: '',
    });
  });
});
