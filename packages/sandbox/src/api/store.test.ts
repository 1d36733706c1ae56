import fc from 'fast-check';
import { StoredObject } from '../types';
import { Store } from './store';

const ID = { group: '', plural: 'things' };

const thing = (namespace: string, name: string, n: number): StoredObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: {
    namespace,
    name,
    uid: `${namespace}/${name}`,
    resourceVersion: '',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  n,
});

/** One write: the object it is about; present objects are changed, or removed when `remove` is set. */
const writes = fc.array(
  fc.record({
    namespace: fc.constantFrom('a', 'b'),
    name: fc.constantFrom('x', 'y', 'z'),
    remove: fc.boolean(),
  }),
  { maxLength: 60 },
);

describe('the store', () => {
  it('lists any past revision as it was then, and replays just the changes since', () => {
    fc.assert(
      fc.property(writes, steps => {
        const store = new Store(error => {
          throw error;
        });
        store.open(ID);
        const past: {
          revision: number;
          all: StoredObject[];
          ofA: StoredObject[];
        }[] = [];
        const remember = () =>
          past.push({
            revision: store.revision,
            all: store.list(ID),
            ofA: store.list(ID, 'a'),
          });
        remember();
        steps.forEach(({ namespace, name, remove }, n) => {
          const present = store.get(ID, namespace, name);
          if (!present) store.add(ID, thing(namespace, name, n));
          else if (remove) store.remove(ID, present);
          else store.replace(ID, present, thing(namespace, name, n));
          remember();
        });
        for (const [i, { revision, all, ofA }] of past.entries()) {
          const keys = all.map(({ metadata }) => metadata.uid);
          expect(keys).toEqual([...new Set(keys)].sort());
          expect(store.listAt(ID, revision)).toEqual(all);
          expect(store.listAt(ID, revision, 'a')).toEqual(ofA);
          expect(store.since(ID, revision)).toHaveLength(past.length - 1 - i);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('forgets old history, and says so instead of leaving changes out', () => {
    const store = new Store(error => {
      throw error;
    });
    let present = store.add(ID, thing('a', 'x', 0));
    const first = store.revision;
    for (let n = 1; n <= 10_000; n++)
      present = store.replace(ID, present, thing('a', 'x', n));
    expect(store.since(ID, first)).toBeUndefined();
    expect(store.listAt(ID, first)).toBeUndefined();
    expect(store.since(ID, store.revision - 100)).toHaveLength(100);
    expect(store.listAt(ID, store.revision - 100)).toMatchObject([
      { n: 9_900 },
    ]);
  });
});
