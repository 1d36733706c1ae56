/** Thrown for a pattern that cannot be translated; the caller says where it stands. */
export class PatternError extends Error {}

const posixClasses: Record<string, string> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  upper: 'A-Z',
  space: '\\s',
  word: '\\w',
  xdigit: 'A-Fa-f0-9',
};

const cache = new Map<string, RegExp>();

/**
 * A JavaScript expression for a Go (RE2) pattern, cached. Covered: what both syntaxes share, named groups, `\z`, `\A`, POSIX classes and
 * inline flags at the start (`(?i)`); anything else that JavaScript refuses throws `PatternError`.
 */
export function goPattern(pattern: string): RegExp {
  const known = cache.get(pattern);
  if (known) return known;
  const expression = translate(pattern);
  cache.set(pattern, expression);
  return expression;
}

function translate(pattern: string): RegExp {
  let source = pattern;
  let flags = '';
  const inline = /^(\^?)\(\?([ims]+)\)/.exec(source);
  if (inline) {
    flags = inline[2];
    source = inline[1] + source.slice(inline[0].length);
  }
  source = source
    .replace(/\(\?P</g, '(?<')
    .replace(/\\z/g, '$')
    .replace(/\\A/g, '^')
    .replace(/\[:(\^?)(\w+):\]/g, (whole, not: string, name: string) =>
      not ? whole : posixClasses[name] ?? whole,
    );
  for (const unicode of ['u', '']) {
    try {
      return new RegExp(source, flags + unicode);
    } catch {
      // Without the u flag JavaScript allows escapes like \_ that Go allows, too.
    }
  }
  throw new PatternError(
    `pattern ${JSON.stringify(pattern)} has no JavaScript equivalent`,
  );
}
