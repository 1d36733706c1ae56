import { z } from 'zod';
import { hasControlCharacters } from '../access/decisions/limits';

/**
 * A text that a client sends, without control characters: Postgres refuses to hold some of them.
 *
 * @param needed - what is said where there is none
 */
export const textUpTo = (max: number, needed = 'a text is needed') =>
  z
    .string({ error: needed })
    .max(max, { error: `at most ${max} characters` })
    .refine(text => !hasControlCharacters(text), {
      error: 'no control characters but tabs and line breaks',
    });
