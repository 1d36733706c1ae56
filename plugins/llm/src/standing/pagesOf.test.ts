import { TenantSummary } from '@slipway/plugin-llm-common';
import { pagesOf, Standing } from './pagesOf';

function standing(
  myRole: TenantSummary['myRole'] | undefined,
  change: Partial<Omit<Standing, 'may'>> & {
    may?: Partial<Standing['may']>;
  } = {},
): Standing {
  const tenant = {
    name: 'apps',
    displayName: 'Apps',
    state: 'active' as const,
    owners: [],
    memberGroups: [],
    isMember: true,
  };
  return {
    me: 'user:default/mara',
    tenants: myRole ? [{ ...tenant, myRole }] : [],
    isBlocked: false,
    ownsModel: false,
    ownershipEntityRefs: ['user:default/mara'],
    ...change,
    may: {
      use: true,
      approve: true,
      seeAll: false,
      manageAll: false,
      ...change.may,
    },
  };
}

const none = {
  access: false,
  approvals: false,
  people: false,
  blocks: false,
  audit: false,
};

describe('the pages that somebody can open', () => {
  it.each([
    ['nothing for an outsider', standing(undefined), none],
    ['Access for a member', standing('member'), { ...none, access: true }],
    [
      'Approvals for an owner of a tenant',
      standing('owner'),
      {
        access: true,
        approvals: true,
        people: true,
        blocks: false,
        audit: true,
      },
    ],
    [
      'Approvals for an owner of a model who is in no tenant',
      standing(undefined, { ownsModel: true }),
      { ...none, approvals: true, people: true },
    ],
    [
      'no Approvals where the policy lets an owner not decide',
      standing('owner', { may: { approve: false } }),
      {
        access: true,
        approvals: false,
        people: true,
        blocks: false,
        audit: true,
      },
    ],
    [
      'everybody’s access, but no decision and no switch, for an auditor',
      standing(undefined, { may: { approve: false, seeAll: true } }),
      { ...none, access: true, people: true, audit: true },
    ],
    [
      'all for an admin',
      standing('admin', { may: { seeAll: true, manageAll: true } }),
      {
        access: true,
        approvals: true,
        people: true,
        blocks: true,
        audit: true,
      },
    ],
  ])('are %s', (_who, given, expected) => {
    expect(pagesOf(given)).toEqual(expected);
  });
});
