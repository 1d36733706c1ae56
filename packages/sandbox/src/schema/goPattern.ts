import { RE2JS, RE2JSSyntaxException } from 're2js';

/** Thrown for a pattern that Go does not know; the message is Go's. The caller says where it stands. */
export class PatternError extends Error {}

const cache = new Map<string, RE2JS>();

/**
 * A pattern as Go's `regexp` has it, compiled once. It takes time linear in the text, whatever the pattern: JavaScript's own expressions would let
 * one pattern of a definition stop the server for ever.
 *
 * @throws PatternError
 */
export function goPattern(pattern: string): RE2JS {
  const known = cache.get(pattern);
  if (known) return known;
  const expression = compile(pattern);
  cache.set(pattern, expression);
  return expression;
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException)
      throw new PatternError(error.message);
    throw error;
  }
}

/** All matches of a pattern, as Go's `FindAllString` has them: no empty one right behind another. */
export function findAll(pattern: string, text: string): string[] {
  const matcher = goPattern(pattern).matcher(text);
  const found: string[] = [];
  let end = -1;
  while (matcher.find()) {
    const match = matcher.group() ?? '';
    if (match !== '' || matcher.start() !== end) found.push(match);
    end = matcher.end();
  }
  return found;
}
