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
import { IndexPart, IndexPartError, Section } from './IndexPart';

const hashOf = (name: string) => Buffer.from(sha256(secretOf(name)), 'hex');

const names = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const few = fc.constantFrom('a', 'b');
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
      tenant: few,
      model: few.map(name => `llm/${name}`),
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

function take(index: AccessIndex, { entry, gone }: Step): void {
  if (gone) {
    index.remove(entry.kind, entry.id);
  } else {
    index.put(entry);
  }
}

const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const kinds = ['user', 'group', 'service'] as const;
const targets = ['user', 'tenant', 'model', 'key'] as const;

/** All that a check can ask. */
function answersOf(index: AccessIndex) {
  const models = letters.map(letter => `llm/${letter}`);
  return {
    digest: index.digest,
    size: index.size,
    keys: letters.map(name => {
      const found = index.findKey(hashOf(name));
      return (
        found && {
          ...found,
          row: undefined,
          models: index.modelsOf(found),
          scopes: models.map(model => index.scope(found, model)),
        }
      );
    }),
    groups: letters.map(name => index.groupsOf(`user:default/${name}`)),
    blocked: targets.map(target =>
      letters.map(ref => index.isBlocked(target, ref)),
    ),
    grants: kinds.map(kind =>
      letters.map(ref =>
        letters
          .slice(0, 2)
          .map(tenant =>
            models
              .slice(0, 2)
              .map(model =>
                index
                  .grantsOf(kind, ref, tenant, model)
                  .sort((a, b) => (a.id < b.id ? -1 : 1)),
              ),
          ),
      ),
    ),
  };
}

async function* later(parts: IndexPart[]): AsyncGenerator<IndexPart> {
  yield* parts;
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
          take(index, step);
        }
        expect({ digest: index.digest, size: index.size }).toEqual(
          model.digest(),
        );
      }),
    );
  });

  it('is on disk what it is in memory, and as good to go on with', async () => {
    await fc.assert(
      fc.asyncProperty(anySteps, anySteps, async (before, after) => {
        const index = new AccessIndex();
        const model = new Model();
        const known = (step: Step) => model.take(step);
        before.filter(known).forEach(step => take(index, step));
        const copy = await AccessIndex.load(later([...index.parts(3)]));
        expect(answersOf(copy)).toEqual(answersOf(index));
        for (const step of after.filter(known)) {
          take(index, step);
          take(copy, step);
        }
        expect(answersOf(copy)).toEqual(answersOf(index));
      }),
    );
  });

  it('makes the same of what was written while it changed, once it hears of these changes again', async () => {
    await fc.assert(
      fc.asyncProperty(
        anySteps,
        fc.array(anySteps.map(steps => steps.slice(0, 8))),
        anySteps,
        async (before, between, after) => {
          const index = new AccessIndex();
          const model = new Model();
          const known = (step: Step) => model.take(step);
          before.filter(known).forEach(step => take(index, step));
          const again: Step[] = [];
          const parts: IndexPart[] = [];
          for (const part of index.parts(2)) {
            parts.push(part);
            for (const step of (between.pop() ?? []).filter(known)) {
              take(index, step);
              again.push(step);
            }
          }
          const copy = await AccessIndex.load(later(parts));
          again.forEach(step => take(copy, step));
          expect(answersOf(copy)).toEqual(answersOf(index));
          for (const step of after.filter(known)) {
            take(index, step);
            take(copy, step);
          }
          expect(answersOf(copy)).toEqual(answersOf(index));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is made of nothing but all of its parts, in their order', async () => {
    const index = new AccessIndex();
    [
      key('a', { models: [{ model: 'llm/closed', grantId: 'g' }] }),
      grant('g'),
      member('mara', ['llm']),
    ].forEach(entry => index.put(entry));
    const parts = [...index.parts()];
    const load = (changed: IndexPart[]) => AccessIndex.load(later(changed));
    expect((await load(parts)).digest).toBe(index.digest);
    await expect(load(parts.slice(0, -1))).rejects.toThrow('it has no end');
    await expect(load([...parts, parts[0]])).rejects.toThrow('not in order');
    await expect(load([...parts].reverse())).rejects.toThrow('not in order');
    const nameless = parts.filter(({ section }) => section !== Section.names);
    await expect(load(nameless)).rejects.toThrow('a name that is not there');
    const grantless = parts.filter(({ section }) => section !== Section.grants);
    await expect(load(grantless)).rejects.toThrow('beyond the last');
    for (const part of parts.filter(({ rows }) => rows > 0)) {
      const bytes = part.bytes.subarray(0, -1);
      const cut = parts.map(each =>
        each === part ? { ...part, bytes } : each,
      );
      await expect(load(cut)).rejects.toThrow(IndexPartError);
    }
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
