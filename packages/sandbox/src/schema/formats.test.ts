import { isCidr, stringFormats } from './formats';

describe('formats are those of strfmt in kube-openapi, which is stricter than JavaScript about dates and addresses', () => {
  it.each<[string, string, boolean]>([
    ['date-time', '2026-02-28T23:59:59.5+01:00', true],
    ['date-time', '2026-02-28t00:00:00z', true],
    ['date-time', '2026-02-30T00:00:00Z', false],
    ['date-time', '2026-02-28 00:00:00Z', false],
    ['date-time', '2026-02-28T24:00:00Z', false],
    ['date-time', '2026-02-28T00:00:00', false],
    ['date', '2024-02-29', true],
    ['date', '2026-02-29', false],
    ['ipv6', '2001:db8::1', true],
    ['ipv6', 'fe80::1%eth0', false],
    ['ipv4', '10.0.0.256', false],
    ['uuid', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', true],
    ['uuid4', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', false],
    ['uuid4', '6ba7b810-9dad-41d1-80b4-00c04fd430c8', true],
    ['uuid4', '6ba7b810-9dad-41d1-00b4-00c04fd430c8', false],
    ['duration', '1h30m', true],
    ['duration', '1 fortnight', false],
    ['byte', 'eA==', true],
    ['byte', 'eA=', false],
  ])('%s %s: %s', (format, value, valid) => {
    expect(stringFormats.get(format)?.(value)).toBe(valid);
  });

  it('an address block has no zone', () => {
    expect(isCidr('fe80::%eth0/64')).toBe(false);
    expect(isCidr('fe80::/64')).toBe(true);
  });
});
