import { humanDuration } from './humanDuration';

test.each([
  [-5_000, '<invalid>'],
  [-1_900, '0s'],
  [0, '0s'],
  [119_000, '119s'],
  [120_000, '2m'],
  [192_000, '3m12s'],
  [605_000, '10m'],
  [3_600_000, '60m'],
  [3 * 3_600_000 + 300_000, '3h5m'],
  [25 * 3_600_000, '25h'],
  [50 * 3_600_000, '2d2h'],
  [400 * 86_400_000, '400d'],
  [800 * 86_400_000, '2y70d'],
  [365 * 9 * 86_400_000, '9y'],
])(
  '%d ms is %s, as `duration.HumanDuration` of apimachinery words it',
  (milliseconds, words) => {
    expect(humanDuration(milliseconds)).toBe(words);
  },
);
