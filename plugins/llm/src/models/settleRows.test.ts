import { fakeModel } from '../../dev/fakeModels';
import { settleRows } from './settleRows';

const row = (name: string, stage = '') =>
  fakeModel({ name, modelId: name, phase: 'Pending', stage, sinceMs: 0 }, 0);
const rows = (names: string) => names.split('').map(name => row(name));
const namesOf = (result: { rows: { name: string }[] }) =>
  result.rows.map(({ name }) => name).join('');

describe('rows hold still', () => {
  it('updates a row where it is', () => {
    const result = settleRows(
      rows('abc'),
      [row('a'), row('b', 'new'), row('c')],
      [],
    );
    expect(result.rows[1].stage).toBe('new');
    expect(result.pending).toBe(0);
  });

  it('adds rows behind the last known one at once: nothing moves', () => {
    expect(namesOf(settleRows(rows('abc'), rows('abcde'), []))).toBe('abcde');
  });

  it.each([
    ['a row in between', 'abd', 'abcd', 'abd', 1],
    ['a row at the top and one behind', 'bc', 'abcd', 'bcd', 1],
    ['one row that moves', 'abcd', 'bcda', 'abcd', 1],
    ['all rows turned around', 'abcd', 'dcba', 'abcd', 3],
  ])('lets %s wait', (_, shown, fresh, expected, pending) => {
    const result = settleRows(rows(shown), rows(fresh), []);
    expect(namesOf(result)).toBe(expected);
    expect(result.pending).toBe(pending);
  });

  it('takes a row away that is gone for certain', () => {
    expect(settleRows(rows('abc'), rows('ac'), [])).toMatchObject({
      pending: 0,
    });
    expect(namesOf(settleRows(rows('abc'), rows('ac'), []))).toBe('ac');
  });

  it('keeps a row that went further down than we have read, and updates it', () => {
    const result = settleRows(rows('abc'), rows('abx'), [row('c', 'new')]);
    expect(namesOf(result)).toBe('abcx');
    expect(result.rows[2].stage).toBe('new');
    expect(result.pending).toBe(1);
  });

  it('shows what is there when nothing of the old is left', () => {
    expect(namesOf(settleRows(rows('abc'), rows('xyz'), []))).toBe('xyz');
    expect(namesOf(settleRows([], rows('xyz'), []))).toBe('xyz');
    expect(namesOf(settleRows(rows('abc'), [], []))).toBe('');
  });

  it('never shows a row twice and never loses one that is there', () => {
    for (let seed = 1; seed < 200; seed += 1) {
      const names = shuffle('abcdefghij', seed);
      const shown = names.slice(0, seed % 11);
      const fresh = shuffle(names, seed * 7).slice(0, (seed * 3) % 11);
      const result = settleRows(rows(shown), rows(fresh), []);
      const visible = namesOf(result);
      expect(new Set(visible).size).toBe(visible.length);
      expect([...visible].every(name => fresh.includes(name))).toBe(true);
      expect(visible.length).toBeGreaterThanOrEqual(
        fresh.length - result.pending,
      );
    }
  });
});

function shuffle(text: string, seed: number): string {
  return [...text]
    .map((letter, index) => ({
      letter,
      rank: (seed * 31 + (index + 1) * (seed + 17) * 7919) % 101,
    }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ letter }) => letter)
    .join('');
}
