import { hash } from 'node:crypto';

/** What a client shows to say who it is. */
export type Credential =
  | { kind: 'none' }
  /** SHA-256 of an API key: the key itself is looked at once and never kept. */
  | { kind: 'key'; hash: Buffer }
  | { kind: 'token'; token: string };

/** Longer ones are nothing that we issue, and nothing that is worth a look. */
const MAX_KEY_LENGTH = 512;
const MAX_TOKEN_LENGTH = 16_384;
/** A signed token: header, claims and signature in base64url. No key has a dot. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Finds the credential: `Authorization: Bearer …`, as OpenAI's clients send it, else `x-api-key`, as Anthropic's do. Another scheme of
 * `Authorization` is none of ours.
 */
export function readCredential(headers: Record<string, string>): Credential {
  const bearer = /^bearer +(\S.*)$/i.exec(headers.authorization ?? '')?.[1];
  const shown = (bearer ?? headers['x-api-key'] ?? '').trim();
  if (shown === '') {
    return { kind: 'none' };
  }
  if (shown.length <= MAX_TOKEN_LENGTH && TOKEN.test(shown)) {
    return { kind: 'token', token: shown };
  }
  return {
    kind: 'key',
    hash: hash('sha256', shown.slice(0, MAX_KEY_LENGTH), 'buffer'),
  };
}
