import { callRefusalOf, onlyCredentialOf } from './calls';

const active = { state: 'active' } as const;
const suspended = { state: 'suspended' } as const;

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
  ] as const)('with %s', (_what, memberOf, judge, refusal, only) => {
    expect(callRefusalOf(memberOf, judge)).toBe(refusal);
    expect(onlyCredentialOf(memberOf, judge)).toBe(only);
  });
});
