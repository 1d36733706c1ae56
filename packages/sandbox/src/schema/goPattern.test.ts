import { PatternError, findAll, goPattern } from './goPattern';

describe('patterns mean what they mean to Go (https://github.com/google/re2/wiki/Syntax)', () => {
  it.each<[string, string, boolean]>([
    ['^(?i)[a-z]+$', 'ABC', true],
    ['b', 'abc', true],
    ['(?P<name>a)\\z', 'ba', true],
    ['\\Aab', 'cab', false],
    // An escaped backslash and a letter, not the beginning of the text.
    ['^a\\\\A$', 'a\\A', true],
    // Go's $ is the end of the text, JavaScript's with the flag m and Perl's are not.
    ['^a$', 'a\n', false],
    ['^[[:alpha:]_]+$', 'ab_', true],
    ['^[[:^alpha:]]+$', 'a', false],
    ['^[[:punct:]]+$', '!/[{', true],
    ['^\\pL+$', 'äß', true],
    ['^.$', '😀', true],
    // Go's \w, \d and \s are of ASCII.
    ['^\\s$', '\u00a0', false],
    ['^[\\pN]+$', 'ab', false],
    ['\\Qa.b\\E', 'axb', false],
    ['^(?U)a+', 'aa', true],
    // Within brackets these are characters like others.
    ['^[(?=!]+$', '(?=!', true],
    ['^[A-Za-z0-9+\\-._~]+$', 'a-b', true],
    ['^\\d{3}\\_$', '123_', true],
  ])('%s on %s: %s', (pattern, text, matches) => {
    expect(goPattern(pattern).test(text)).toBe(matches);
  });

  it.each([
    ['a(?=b)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['a(?!b)', 'invalid or unsupported Perl syntax: `(?!`'],
    ['(?<=a)b', 'invalid named capture: `(?<=a)b`'],
    ['(a)\\1', 'invalid escape sequence: `\\1`'],
    ['[a', 'missing closing ]: `[a`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
    ['[[:constructor:]]', 'invalid character class range: `[:constructor:]`'],
  ])('%s is refused in Go’s words', (pattern, why) => {
    expect(() => goPattern(pattern)).toThrow(
      new PatternError(`error parsing regexp: ${why}`),
    );
  });

  it('no pattern takes longer than in proportion to the text', () => {
    // With JavaScript's own expressions each of these would take years.
    const text = 'a'.repeat(5_000);
    for (const pattern of ['^(a+)+$', '^(a|aa)+$', '^(a|a?)+$', '(.*b){12}']) {
      expect(goPattern(pattern).test(`${text}!`)).toBe(false);
    }
  });

  it('finds all that there is, without empty matches behind others', () => {
    expect(findAll('a+', 'aabaXa')).toEqual(['aa', 'a', 'a']);
    expect(findAll('a*', 'baab')).toEqual(['', 'aa', '']);
    expect(findAll('x', 'abc')).toEqual([]);
  });
});
