import fc from 'fast-check';
import { IndexDigest, IndexEntry } from '../../access/indexEntries';
import {
  grant,
  key,
  LATER,
  member,
  secretOf,
  sha256,
} from '../__testUtils__/scene';
import { AccessIndex } from './AccessIndex';

const hashOf = (name: string) => Buffer.from(sha256(secretOf(name)), 'hex');

const names = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const expiresAt = fc.constantFrom(LATER, '2026-11-20T08:00:00.001Z');
const anyModels = fc.uniqueArray(
  fc.record(
    {
      model: names.map(name => `llm/${name}`),
      grantId: names.map(name => `grant_${name}`),
    },
    { requiredKeys: ['model'] },
  ),
  { maxLength: 4, selector: ({ model }) => model },
);
const anyEntry: fc.Arbitrary<IndexEntry> = fc.oneof(
  fc
    .record({
      name: names,
      // Also ids that are not of the usual form.
      odd: fc.boolean(),
      tenant: names,
      owner: names,
      service: fc.option(names, { nil: undefined }),
      models: anyModels,
      expiresAt,
    })
    .map(({ name, odd, ...fields }) =>
      key(name, odd ? { ...fields, id: `key-${name}` } : fields),
    ),
  fc
    .record({
      id: names.map(name => `grant_${name}`),
      tenant: names,
      model: names.map(name => `llm/${name}`),
      subject: fc.record({
        kind: fc.constantFrom('user', 'group', 'service'),
        ref: names,
      }),
      expiresAt,
    })
    .map(({ id, ...fields }) => grant(id, fields)),
  fc
    .record({ name: names, groups: fc.array(names, { maxLength: 3 }) })
    .map(({ name, groups }) => member(name, groups)),
  fc.record({
    kind: fc.constant('block' as const),
    id: names,
    target: fc.constantFrom('user', 'tenant', 'model', 'key'),
    ref: names,
  }),
);
type Step = { entry: IndexEntry; gone: boolean };
const anySteps = fc.array(fc.record({ entry: anyEntry, gone: fc.boolean() }), {
  maxLength: 80,
});

/** The same as a map, slowly. No two keys have one hash, as the database sees to. */
class Model {
  readonly entries = new Map<string, IndexEntry>();

  take({ entry, gone }: Step): boolean {
    const id = `${entry.kind} ${entry.id}`;
    if (
      !gone &&
      entry.kind === 'key' &&
      [...this.entries.values()].some(
        other =>
          other.kind === 'key' &&
          other.hash === entry.hash &&
          other.id !== entry.id,
      )
    ) {
      return false;
    }
    if (gone) {
      this.entries.delete(id);
    } else {
      this.entries.set(id, entry);
    }
    return true;
  }

  digest(): { digest: string; size: number } {
    const digest = new IndexDigest();
    this.entries.forEach(entry => digest.add(entry));
    return { digest: digest.toString(), size: digest.entries };
  }
}

describe('the index of an authorizer', () => {
  it('holds what the last word about each object was, with the digest that the database computes', () => {
    fc.assert(
      fc.property(anySteps, steps => {
        const index = new AccessIndex();
        const model = new Model();
        for (const step of steps) {
          if (!model.take(step)) {
            continue;
          }
          if (step.gone) {
            index.remove(step.entry.kind, step.entry.id);
          } else {
            index.put(step.entry);
          }
        }
        expect({ digest: index.digest, size: index.size }).toEqual(
          model.digest(),
        );
        // What it would write to disk is what it was given, and makes the same index.
        const copy = new AccessIndex();
        const plain = (entry: IndexEntry) => JSON.parse(JSON.stringify(entry));
        const kept = [...index.entries()].map(([entry, digest]) => {
          copy.put(entry, Buffer.from(digest));
          return plain(entry);
        });
        expect(copy.digest).toBe(index.digest);
        const byId = (a: IndexEntry, b: IndexEntry) =>
          `${a.kind} ${a.id}` < `${b.kind} ${b.id}` ? -1 : 1;
        expect(kept.sort(byId)).toEqual(
          [...model.entries.values()].map(plain).sort(byId),
        );
      }),
    );
  });

  it('finds each of many keys by its hash, and none that is gone', () => {
    const index = new AccessIndex();
    const all = Array.from({ length: 5_000 }, (_, n) => `k${n}`);
    all.forEach(name => index.put(key(name)));
    const gone = all.filter((_, n) => n % 3 === 0);
    gone.forEach(name => index.remove('key', key(name).id));
    gone
      .filter((_, n) => n % 2 === 0)
      .forEach(name => index.put(key(name, { tenant: 'again' })));
    for (const [n, name] of all.entries()) {
      const found = index.findKey(hashOf(name));
      const kept = n % 3 === 0 ? undefined : 'apps';
      expect(found?.tenant).toBe(n % 6 === 0 ? 'again' : kept);
      expect(found?.id).toBe(found && key(name).id);
    }
    expect(index.findKey(hashOf('never'))).toBeUndefined();
  });

  it('knows why a key may call a model, whichever came first, the key or its grant', () => {
    const index = new AccessIndex();
    index.put(
      key('a', {
        models: [{ model: 'llm/closed', grantId: 'g' }, { model: 'llm/open' }],
      }),
    );
    const scope = (model: string) => {
      const found = index.findKey(hashOf('a'));
      return found && index.scope(found, model);
    };
    expect(scope('llm/closed')).toBeUndefined();
    index.put(grant('g'));
    expect(scope('llm/closed')).toMatchObject({ id: 'g', tenant: 'apps' });
    index.remove('grant', 'g');
    expect(scope('llm/closed')).toBeUndefined();
    index.put(grant('other'));
    expect(scope('llm/closed')).toBeUndefined();
    expect(scope('llm/open')).toBe('implicit');
    expect(scope('llm/never')).toBeUndefined();
  });

  it('finds all grants of a subject on a model, and forgets those that are gone', () => {
    const index = new AccessIndex();
    const of = () =>
      index
        .grantsOf('user', 'user:default/mara', 'apps', 'llm/closed')
        .map(({ id }) => id);
    ['g1', 'g2', 'g3'].forEach(id => index.put(grant(id)));
    index.put(grant('g4', { tenant: 'research' }));
    expect(of()).toEqual(['g1', 'g2', 'g3']);
    index.remove('grant', 'g2');
    expect(of()).toEqual(['g1', 'g3']);
    index.remove('grant', 'g1');
    index.remove('grant', 'g3');
    expect(of()).toEqual([]);
  });
});
