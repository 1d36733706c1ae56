import fc from 'fast-check';
import {
  displayKey,
  formatKey,
  isImportableKey,
  isKey,
  KEY_BYTES,
  KEY_PATTERN,
  parseKey,
} from './keyFormat';

const randomBytes = fc.uint8Array({
  minLength: KEY_BYTES,
  maxLength: KEY_BYTES,
});

describe('the format of a key', () => {
  it('holds its 256 bits, and a scanner finds it in text', () => {
    fc.assert(
      fc.property(randomBytes, bytes => {
        const key = formatKey(bytes);
        expect(key).toHaveLength(56);
        expect(parseKey(key)).toEqual(bytes);
        expect(KEY_PATTERN.exec(`curl -H "Bearer ${key}"`)?.[0]).toBe(key);
      }),
    );
    for (const byte of [0, 255]) {
      const bytes = new Uint8Array(KEY_BYTES).fill(byte);
      expect(parseKey(formatKey(bytes))).toEqual(bytes);
    }
  });

  it('never changes: keys that are out there go on being found', () => {
    const bytes = Uint8Array.from({ length: KEY_BYTES }, (_, index) => index);
    expect(formatKey(bytes)).toBe(
      'sk-slw-003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf40a0Qh',
    );
  });

  it('knows a key with one wrong character from a key', () => {
    fc.assert(
      fc.property(
        randomBytes,
        fc.nat(55),
        fc.constantFrom(...'05AZaz-'),
        (bytes, at, character) => {
          const key = formatKey(bytes);
          fc.pre(key[at] !== character);
          expect(isKey(key.slice(0, at) + character + key.slice(at + 1))).toBe(
            false,
          );
        },
      ),
    );
  });

  it('refuses what is no key, and bytes that are no key', () => {
    const key = formatKey(new Uint8Array(KEY_BYTES).fill(7));
    for (const text of ['', 'sk-slw-', `${key} `, `x${key}`, key.slice(1)]) {
      expect(isKey(text)).toBe(false);
    }
    expect(isKey(`sk-slw-${'z'.repeat(49)}`)).toBe(false);
    expect(() => formatKey(new Uint8Array(16))).toThrow(/32 random bytes/);
  });

  it('shows no more of a key than tells it from others', () => {
    const key = formatKey(new Uint8Array(KEY_BYTES).fill(200));
    expect(displayKey(key)).toBe(key.slice(0, 11));
    expect(displayKey('sk-9fKeAAAABBBBCCCCDDDDEEEE')).toBe('sk-9fKe');
  });

  it('lets in foreign keys only if they cannot be guessed', () => {
    expect(isImportableKey('sk-Zk3vJ0mQx7aTg1LwB9cYpR')).toBe(true);
    expect(isImportableKey('sk-1234')).toBe(false);
    expect(isImportableKey(`sk-${'ab'.repeat(20)}`)).toBe(false);
    expect(isImportableKey('pk-Zk3vJ0mQx7aTg1LwB9cYpR')).toBe(false);
    expect(isImportableKey(formatKey(new Uint8Array(KEY_BYTES)))).toBe(false);
  });
});
