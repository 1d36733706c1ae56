import { callRefusalOf, onlyCredentialOf } from './calls';

const active = { state: 'active' } as const;
const suspended = { state: 'suspended' } as const;
const blocked = { ...active, isBlocked: true } as const;

describe('what stands between somebody and every call', () => {
  it.each([
    ['no tenant', [], 'authorizer', 'no-tenant', undefined],
    ['no tenant, the judge not known', [], undefined, 'no-tenant', undefined],
    ['no tenant, but nobody asks for one', [], 'gateway', undefined, 'token'],
    ['one tenant', [active], 'authorizer', undefined, undefined],
    [
      'a suspended tenant',
      [suspended],
      'authorizer',
      'tenant-suspended',
      undefined,
    ],
    [
      'a suspended tenant beside one',
      [suspended, active],
      'authorizer',
      undefined,
      undefined,
    ],
    ['two tenants', [active, active], 'authorizer', undefined, 'key'],
    ['two tenants, unasked', [active, active], 'gateway', undefined, 'token'],
    ['a blocked tenant', [blocked], 'authorizer', 'tenant-blocked', undefined],
    [
      'a blocked tenant, judge unknown',
      [blocked],
      undefined,
      'tenant-blocked',
      undefined,
    ],
    ['a blocked tenant, unasked', [blocked], 'gateway', undefined, 'token'],
    [
      'a blocked and a suspended tenant',
      [blocked, suspended],
      'authorizer',
      'tenant-blocked',
      undefined,
    ],
    [
      'a tenant both suspended and blocked',
      [{ ...suspended, isBlocked: true }],
      'authorizer',
      'tenant-suspended',
      undefined,
    ],
    // A token is still refused as ambiguous; a key of the other tenant gets through.
    [
      'a blocked tenant beside one',
      [blocked, active],
      'authorizer',
      undefined,
      'key',
    ],
  ] as const)('with %s', (_what, memberOf, judge, refusal, only) => {
    expect(callRefusalOf({ memberOf, judge, isBlocked: false })).toBe(refusal);
    expect(onlyCredentialOf(memberOf, judge)).toBe(only);
  });

  it.each([
    ['whatever her tenants are', [active], 'authorizer', 'user-blocked'],
    ['before a missing tenant', [], 'authorizer', 'user-blocked'],
    ['while the judge is not known', [active], undefined, 'user-blocked'],
    ['but not where the gateway judges alone', [active], 'gateway', undefined],
  ] as const)('is her own block %s', (_what, memberOf, judge, refusal) => {
    expect(callRefusalOf({ memberOf, judge, isBlocked: true })).toBe(refusal);
  });
});
