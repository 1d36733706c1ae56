import {
  formatAge,
  formatBytes,
  formatBytesOf,
  formatDuration,
  formatEstimate,
  formatMoment,
} from './format';
import { gpuVendor, ownerName } from './names';

describe('numbers as people read them', () => {
  it.each([
    [-5, '0 s'],
    [42_900, '42 s'],
    [60_000, '1 min'],
    [18 * 60_000 + 12_000, '18 min 12 s'],
    [3 * 3_600_000 + 5 * 60_000, '3 h 5 min'],
    [23 * 86_400_000 + 7_200_000, '23 d'],
  ])('a duration of %d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('an age has one unit', () => {
    expect(formatAge(18 * 60_000 + 12_000)).toBe('18 min');
  });

  it('an estimate never claims seconds', () => {
    expect(formatEstimate(20_000)).toBe('less than a minute');
    expect(formatEstimate(8 * 60_000 + 4_000)).toBe('about 8 min');
    expect(formatEstimate(3 * 3_600_000)).toBe('about 3 h');
  });

  it('a moment of another day has its hour, too', () => {
    const at = '2026-11-20T10:42:07';
    const now = Date.parse('2026-11-20T12:00:00');
    expect(formatMoment(at, now)).toBe('10:42:07');
    expect(formatMoment(at, now + 86_400_000)).toBe('20 Nov 2026, 10:42');
    expect(formatMoment('soon', now)).toBe('soon');
  });

  it('bytes are binary, with the unit of the whole named once', () => {
    expect(formatBytes(0)).toBe('0 B');
    expect(formatBytes(24 * 1024 ** 3)).toBe('24.0 GiB');
    expect(formatBytesOf(312.4 * 1024 ** 3, 449 * 1024 ** 3)).toBe(
      '312.4 of 449.0 GiB',
    );
    expect(formatBytesOf(1024, 24 * 1024 ** 3)).toBe('0.0 of 24.0 GiB');
  });

  it('names are those that people use', () => {
    expect(ownerName('group:default/research')).toBe('research');
    expect(ownerName('::')).toBe('::');
    expect(gpuVendor('nvidia')).toBe('NVIDIA');
  });
});
