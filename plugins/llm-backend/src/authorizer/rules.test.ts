import fc from 'fast-check';
import type { AccessModel, AccessTenant, Grant, Key } from '../access';
import { mayCall, Principal } from '../access/decisions/validity';
import { grantEntry, keyEntry } from '../access/indexEntries';
import {
  bearer,
  chat,
  llmModel,
  NOW,
  Scene,
  secretOf,
  sha256,
  tenant,
} from './__testUtils__/scene';
import { readTenant } from './readWorld';

/*
 * The rules are those of the access room: whatever the company is like, a key that `mayCall` lets through passes, and no other does.
 */

const people = ['mara', 'otto'].map(name => `user:default/${name}`);
const groupNames = ['g', 'h'];
const tenantNames = ['s', 't'];
const modelNames = ['m', 'n'];
const times = [-1, 0, 1, 2, 3, 1000, 2000].map(offset =>
  new Date(NOW + offset).toISOString(),
);
const some = <T>(...values: T[]) => fc.constantFrom(...values);
const mostly = <T>(usual: T, other: T) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constant(other) },
  );
const groups = fc.subarray(groupNames);
// Mostly there: a key that may call nothing says little.
const maybe = <T>(value: fc.Arbitrary<T>) =>
  fc.option(value, { nil: undefined, freq: 5 });

const company = fc.record({
  tenants: fc.tuple(
    ...tenantNames.map(() =>
      maybe(mostly('active' as const, 'suspended' as const)),
    ),
  ),
  models: fc.tuple(
    ...modelNames.map(() => maybe(fc.record({ public: fc.boolean(), groups }))),
  ),
  members: fc.tuple(...people.map(() => maybe(groups))),
  grants: fc.tuple(
    ...['g1', 'g2'].map(() =>
      fc.record({
        tenant: some(...tenantNames),
        model: some(...modelNames),
        subject: fc.oneof(
          fc.record({ kind: some('user' as const), ref: some(...people) }),
          fc.record({ kind: some('group' as const), ref: some(...groupNames) }),
          fc.record({
            kind: some('service' as const),
            ref: some('batch', 'g'),
          }),
        ),
        state: mostly('active' as const, 'ended' as const),
        expiresAt: some(...times),
      }),
    ),
  ),
  key: fc.record({
    tenant: some(...tenantNames),
    owner: some(...people),
    service: fc.option(some('batch', 'g'), { nil: undefined }),
    scope: fc.uniqueArray(
      fc.record({
        model: some(...modelNames),
        grantId: fc.option(some('g1', 'g2', 'g3'), { nil: undefined }),
      }),
      { minLength: 1, selector: ({ model }) => model },
    ),
    state: mostly('active' as const, 'ended' as const),
    expiresAt: some(...times),
  }),
  called: some(...modelNames),
});
type Company = typeof company extends fc.Arbitrary<infer T> ? T : never;

const refOf = (model: string) => `llm/${model}`;

function rows(drawn: Company) {
  const tenants = new Map<string, AccessTenant>();
  drawn.tenants.forEach((state, at) => {
    const name = tenantNames[at];
    if (state) {
      tenants.set(name, {
        name,
        displayName: name,
        state,
        owners: [],
        memberGroups: [],
      });
    }
  });
  const models = new Map<string, AccessModel>();
  drawn.models.forEach((access, at) => {
    const name = modelNames[at];
    if (access) {
      models.set(refOf(name), {
        ref: refOf(name),
        modelId: `acme/${name}`,
        owners: [],
        requestable: false,
        access,
      });
    }
  });
  const common = {
    requestedBy: people[0],
    grantedBy: people[0],
    createdAt: times[0],
  };
  const grants = new Map<string, Grant>(
    drawn.grants.map((fields, at) => {
      const id = `g${at + 1}`;
      return [id, { ...common, ...fields, id, model: refOf(fields.model) }];
    }),
  );
  const { scope, ...fields } = drawn.key;
  const key: Key = {
    ...fields,
    id: `key_${sha256('k').slice(0, 32)}`,
    display: 'sk-slw-k',
    name: 'k',
    models: scope.map(({ model, grantId }) => ({
      model: refOf(model),
      grantId,
    })),
    createdAt: times[0],
  };
  return { tenants, models, grants, key };
}

function sceneOf(drawn: Company): Scene {
  const { tenants, grants, key } = rows(drawn);
  const scene = new Scene();
  for (const { name, state } of tenants.values()) {
    scene.world.putTenant(readTenant(tenant(name, [], state)));
  }
  drawn.models.forEach((access, at) => {
    if (access) {
      scene.model(llmModel(modelNames[at], { access }));
    }
  });
  drawn.members.forEach((memberGroups, at) => {
    if (memberGroups) {
      scene.index.put({ kind: 'member', id: people[at], groups: memberGroups });
    }
  });
  for (const entry of [
    ...[...grants.values()].map(grantEntry),
    keyEntry({ ...key, hash: sha256(secretOf('k')) }),
  ]) {
    if (entry) {
      scene.index.put(entry);
    }
  }
  return scene;
}

describe('the rules of the authorizer', () => {
  it('are those of the access room, for every key, grant, model, tenant and member', () => {
    let passed = 0;
    fc.assert(
      fc.property(company, drawn => {
        const { tenants, models, grants, key } = rows(drawn);
        const memberGroups = drawn.members[people.indexOf(key.owner)];
        const principal: Principal =
          key.service === undefined
            ? { user: key.owner, groups: memberGroups ?? [] }
            : { service: key.service };
        const allowed =
          // Who is a member no more has left; her keys end, which the room says by ending them.
          (key.service !== undefined || memberGroups !== undefined) &&
          mayCall({
            now: new Date(NOW),
            key,
            tenant: tenants.get(key.tenant),
            modelRef: refOf(drawn.called),
            model: models.get(refOf(drawn.called)),
            grants,
            principal,
          });
        const answer = sceneOf(drawn).ask({
          ...chat(`acme/${drawn.called}`),
          headers: bearer(secretOf('k')),
        });
        expect(answer.pass).toBe(allowed);
        passed += Number(allowed);
      }),
      { numRuns: 5_000 },
    );
    // Not because nothing ever passes.
    expect(passed).toBeGreaterThan(40);
  });
});
