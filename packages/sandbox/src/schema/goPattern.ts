/** Thrown for a pattern that Go does not know, or that cannot be translated; the caller says where it stands. */
export class PatternError extends Error {}

const posixClasses: ReadonlyMap<string, string> = new Map([
  ['alnum', 'A-Za-z0-9'],
  ['alpha', 'A-Za-z'],
  ['blank', '\\t '],
  ['digit', '0-9'],
  ['lower', 'a-z'],
  ['punct', '!-\\/:-@\\[-`\\{-~'],
  ['space', '\\s'],
  ['upper', 'A-Z'],
  ['word', '\\w'],
  ['xdigit', 'A-Fa-f0-9'],
]);

const cache = new Map<string, RegExp>();

/**
 * A JavaScript expression for a Go (RE2) pattern, cached. Covered: what both syntaxes share, named groups, `\z`, `\A`, `\pL`, POSIX classes
 * and inline flags at the start (`(?i)`). What JavaScript has and Go has not (looking around, references to groups) is refused, as a server
 * refuses it, and so is what Go has and cannot be translated: nobody would have looked at the value.
 *
 * @throws PatternError
 */
export function goPattern(pattern: string): RegExp {
  const known = cache.get(pattern);
  if (known) return known;
  const expression = translate(pattern);
  cache.set(pattern, expression);
  return expression;
}

/** What is not the same in both syntaxes: whole classes of characters, escapes, openings of groups. */
const different =
  /\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]|\\[pP][A-Z]|\\[\s\S]|\(\?(?:<?[=!]|P<)/g;

function translate(pattern: string): RegExp {
  let source = pattern;
  let flags = '';
  const inline = /^(\^?)\(\?([ims]+)\)/.exec(source);
  if (inline) {
    flags = inline[2];
    source = inline[1] + source.slice(inline[0].length);
  }
  source = source.replace(different, text => {
    if (text.startsWith('[')) return characterClass(text);
    if (text.startsWith('\\')) return escaped(text);
    return text === '(?P<' ? '(?<' : refuse('Perl syntax', text);
  });
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

function refuse(what: string, text: string): never {
  throw new PatternError(
    `error parsing regexp: invalid or unsupported ${what}: \`${text}\``,
  );
}

function characterClass(text: string): string {
  return text.replace(
    /\[:(\^?)(\w+):\]|\\[pP][A-Z]|\\[\s\S]/g,
    (inner, not: string, name?: string) => {
      if (name === undefined) return escaped(inner);
      const characters = not ? undefined : posixClasses.get(name);
      return characters ?? refuse('character class range', inner);
    },
  );
}

function escaped(text: string): string {
  if (text === '\\z') return '$';
  if (text === '\\A') return '^';
  if (/^\\[1-9kQEC]$/.test(text)) refuse('escape sequence', text);
  // \pL is \p{L}
  return text.length === 3 ? `${text.slice(0, 2)}{${text[2]}}` : text;
}
