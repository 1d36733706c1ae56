import fc from 'fast-check';
import type { Knex } from 'knex';
import { mutate } from '../database/mutate';
import { insertGrant } from '../database/operations/grants/insert';
import { insertKey } from '../database/operations/keys/insert';
import { insertRequest } from '../database/operations/requests/insert';
import type { StoredKey } from '../database/rows';
import { AccessRequest, Grant, Key } from '../types';
import { World } from './world';

/*
 * Random companies for tests of isolation: people, groups, tenants and models, who owns and belongs to what, and rows of everybody's.
 */

/** The people. */
export const names = ['ann', 'ben', 'cho', 'dee'];
const groupNames = ['red', 'blue', 'green'];
/** The tenants. */
export const tenantNames = ['t1', 't2', 't3'];
const modelRefs = ['m/1', 'm/2'];

const user = fc.constantFrom(...names).map(name => `user:default/${name}`);
const subject = fc.oneof(
  user.map(ref => ({ kind: 'user' as const, ref })),
  fc.constantFrom(...groupNames).map(ref => ({ kind: 'group' as const, ref })),
  fc.constant({ kind: 'service' as const, ref: 'robot' }),
);
const rowOf = fc.record({
  tenant: fc.constantFrom(...tenantNames),
  model: fc.constantFrom(...modelRefs),
  subject,
  by: user,
  backup: fc.option(user, { nil: undefined }),
  second: fc.nat(3),
});
const groupsOf = fc.subarray(groupNames);
/** A company, drawn at random. */
export const company = fc.record({
  people: fc.tuple(...names.map(() => groupsOf)),
  members: fc.tuple(...tenantNames.map(() => groupsOf)),
  tenantOwners: fc.tuple(
    ...tenantNames.map(() => fc.subarray([...names, ...groupNames])),
  ),
  modelOwners: fc.tuple(
    ...modelRefs.map(() => fc.subarray([...names, ...groupNames])),
  ),
  rows: fc.array(rowOf, { minLength: 1, maxLength: 12 }),
});
/** What was drawn. */
export type Company = typeof company extends fc.Arbitrary<infer T> ? T : never;

const ownerRef = (name: string) =>
  names.includes(name) ? `user:default/${name}` : `group:default/${name}`;

/** The world of a company. */
export function toWorld(drawn: Company): World {
  const world = new World();
  world.people.clear();
  names.forEach((name, at) => world.people.set(name, drawn.people[at]));
  world.tenantMap.clear();
  tenantNames.forEach((name, at) =>
    world.tenantMap.set(name, {
      name,
      displayName: name,
      state: 'active',
      owners: drawn.tenantOwners[at].map(ownerRef),
      memberGroups: drawn.members[at],
    }),
  );
  world.modelMap.clear();
  modelRefs.forEach((ref, at) =>
    world.modelMap.set(ref, {
      ref,
      modelId: ref,
      owners: drawn.modelOwners[at].map(ownerRef),
      requestable: true,
      access: { public: false, groups: [] },
    }),
  );
  return world;
}

/** Fills the tables, past the services: what they would never write must not be seen either. */
export async function fill(knex: Knex, drawn: Company) {
  for (const table of ['key_grants', 'keys', 'grants', 'requests']) {
    await knex(table).delete();
  }
  const requests: AccessRequest[] = [];
  const grants: Grant[] = [];
  const keys: StoredKey[] = [];
  await mutate(knex, new Date(0), async ({ trx }) => {
    for (const [at, row] of drawn.rows.entries()) {
      const common = {
        tenant: row.tenant,
        model: row.model,
        subject: row.subject,
        // Few different times, so that pages end in the middle of one.
        createdAt: `2026-11-20T08:00:0${row.second}.000Z`,
        expiresAt: '2027-01-01T00:00:00.000Z',
      };
      const request: AccessRequest = {
        ...common,
        id: `req_${at}`,
        requester: row.by,
        reason: 'x',
        days: 1,
        state: 'pending',
        waitsFor: 'approvers',
        approvers: 'either',
      };
      const grant: Grant = {
        ...common,
        id: `grant_${at}`,
        requestedBy: row.by,
        grantedBy: 'rule:test',
        state: 'active',
      };
      const key: StoredKey = {
        id: `key_${at}`,
        hash: `${at}`.padStart(64, '0'),
        display: 'sk-slw-0000',
        name: 'x',
        tenant: row.tenant,
        owner: row.by,
        backupOwner: row.backup,
        models: [],
        state: 'active',
        createdAt: common.createdAt,
        expiresAt: common.expiresAt,
      };
      await insertRequest(trx, request);
      await insertGrant(trx, grant);
      await insertKey(trx, key);
      requests.push(request);
      grants.push(grant);
      keys.push(key);
    }
  });
  return { requests, grants, keys };
}

/** Who may see what, said again in other words. */
export function judge(world: World, name: string) {
  const me = world.caller(name);
  const owns = (owners: string[] = []) =>
    owners.some(owner => me.ownershipEntityRefs.includes(owner));
  const tenant = (of: string) => owns(world.tenant(of)?.owners);
  const model = (of: string) => owns(world.model(of)?.owners);
  const belongs = (of: string) =>
    world.tenant(of)?.memberGroups.some(group => me.groups.includes(group));
  return {
    request: (row: AccessRequest) =>
      row.requester === me.userEntityRef ||
      tenant(row.tenant) ||
      model(row.model),
    grant: (row: Grant) =>
      row.requestedBy === me.userEntityRef ||
      (row.subject.kind === 'user' && row.subject.ref === me.userEntityRef) ||
      (row.subject.kind === 'group' &&
        me.groups.includes(row.subject.ref) &&
        belongs(row.tenant) === true) ||
      tenant(row.tenant) ||
      model(row.model),
    key: (row: Key) =>
      row.owner === me.userEntityRef ||
      row.backupOwner === me.userEntityRef ||
      tenant(row.tenant),
  };
}
