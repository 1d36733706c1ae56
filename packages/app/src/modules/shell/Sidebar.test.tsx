import { initials } from './Sidebar';

describe('initials', () => {
  it.each([
    ['Mara Lindqvist', 'ML'],
    ['Priya', 'P'],
    ['Ana Maria de Souza', 'AS'],
    ['  ', ''],
  ])('of "%s" are %s', (name, expected) => {
    expect(initials(name)).toBe(expected);
  });
});
