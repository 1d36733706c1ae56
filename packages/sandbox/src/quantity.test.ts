import fc from 'fast-check';
import { canonicalQuantity, nanoOfQuantity } from './quantity';

describe('quantities', () => {
  it.each([
    [10, '10'],
    ['10', '10'],
    ['1.5Gi', '1536Mi'],
    ['1024Mi', '1Gi'],
    ['512', '512'],
    ['0.5', '500m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1000', '1k'],
    ['1e3', '1e3'],
    ['0', '0'],
    ['0Gi', '0'],
    ['-1', '-1'],
    ['0.5Ki', '512'],
    ['100n', '100n'],
    ['0.1n', '1n'],
    ['12345678901234567890', '12345678901234567890'],
  ])('%p is answered as %p', (written, canonical) => {
    expect(canonicalQuantity(written)).toBe(canonical);
  });

  it.each(['', 'x', '1.2.3', '1Kii', '1 Gi', 'Gi', '.', '1mm', true, null, {}])(
    '%p is no quantity',
    written => {
      expect(canonicalQuantity(written)).toBeUndefined();
      expect(nanoOfQuantity(written)).toBeUndefined();
    },
  );

  it('keep their value in canonical form, and the form is stable', () => {
    const suffix = fc.constantFrom(
      '',
      'm',
      'k',
      'M',
      'G',
      'Ki',
      'Mi',
      'Gi',
      'Ti',
      'e3',
    );
    const number = fc.tuple(
      fc.integer({ min: -9999, max: 9999 }),
      fc.integer({ min: 0, max: 999 }),
    );
    fc.assert(
      fc.property(number, suffix, ([whole, fraction], unit) => {
        const written = `${whole}.${String(fraction).padStart(3, '0')}${unit}`;
        const canonical = canonicalQuantity(written);
        expect(nanoOfQuantity(canonical)).toBe(nanoOfQuantity(written));
        expect(canonicalQuantity(canonical)).toBe(canonical);
      }),
    );
  });
});
