import { PatternError, goPattern } from './goPattern';

describe('patterns mean what they mean to Go (https://github.com/google/re2/wiki/Syntax)', () => {
  it.each<[string, string, boolean]>([
    ['^(?i)[a-z]+$', 'ABC', true],
    ['(?P<name>a)\\z', 'ba', true],
    ['\\Aab', 'cab', false],
    // An escaped backslash and a letter, not the beginning of the text.
    ['^a\\\\A$', 'a\\A', true],
    ['^[[:alpha:]_]+$', 'ab_', true],
    ['^[[:punct:]]+$', '!/[{', true],
    ['^\\pL+$', 'äß', true],
    ['^[\\pN]+$', 'ab', false],
    // Within brackets these are characters like others.
    ['^[(?=!]+$', '(?=!', true],
    ['^[A-Za-z0-9+\\-._~]+$', 'a-b', true],
    ['^\\d{3}\\_$', '123_', true],
  ])('%s on %s: %s', (pattern, text, matches) => {
    expect(goPattern(pattern).test(text)).toBe(matches);
  });

  it.each(['a(?=b)', 'a(?!b)', '(?<=a)b', '(?<!a)b', '(a)\\1', '\\Qa.b\\E'])(
    '%s is refused: JavaScript would take it, and mean it or something else',
    pattern => {
      expect(() => goPattern(pattern)).toThrow(PatternError);
      expect(() => goPattern(pattern)).toThrow(
        'error parsing regexp: invalid or unsupported',
      );
    },
  );

  it('no class of characters has a name that JavaScript objects inherit', () => {
    expect(() => goPattern('[[:constructor:]]')).toThrow(PatternError);
  });
});
