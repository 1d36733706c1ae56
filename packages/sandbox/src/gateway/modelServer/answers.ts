import { createHash } from 'node:crypto';
import { countTokens, tokensOf } from './tokens';

/** A text made for a prompt. */
export interface Completion {
  tokens: string[];
  finishReason: 'stop' | 'length';
}

/** Tokens when the request names no limit. */
const defaultMaxTokens = 256;

/**
 * The answer to a prompt: always the same for the same prompt, and plainly not a model's.
 *
 * @param room - Tokens that the context still has.
 */
export function complete(
  model: string,
  prompt: string,
  maxTokens: number | undefined,
  room: number,
): Completion {
  const digest = createHash('sha256').update(prompt).digest('hex').slice(0, 8);
  const all = tokensOf(
    `This is the sandbox's model server, answering as ${model}. No model has run. The prompt had ${countTokens(
      prompt,
    )} tokens and the fingerprint ${digest}.`,
  );
  const limit = Math.min(maxTokens ?? defaultMaxTokens, room);
  return {
    tokens: all.slice(0, limit),
    finishReason: all.length > limit ? 'length' : 'stop',
  };
}

/** Dimensions of the sandbox's embeddings. */
const dimensions = 64;

/** A vector of length 1 that depends on the text alone. */
export function embed(text: string): number[] {
  const bytes = createHash('sha512').update(text).digest();
  const raw = Array.from(
    { length: dimensions },
    (_, index) => bytes[index] / 127.5 - 1,
  );
  const norm = Math.hypot(...raw) || 1;
  return raw.map(value => value / norm);
}
