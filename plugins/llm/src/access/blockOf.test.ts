import { CallableModel, TenantSummary } from '@slipway/plugin-llm-common';
import { blockOf } from './blockOf';

const ME = 'user:default/mara';
const tenant = (name: string, isBlocked?: boolean): TenantSummary => ({
  name,
  displayName: name,
  state: 'active',
  owners: [],
  memberGroups: [],
  myRole: 'member',
  isMember: true,
  isBlocked,
});
const standing = {
  me: ME,
  judge: 'authorizer' as const,
  isBlocked: false,
  tenants: [tenant('apps'), tenant('research', true)],
};
const models: CallableModel[] = [
  { model: 'llm/a', modelId: 'a', by: { kind: 'open' } },
  { model: 'llm/b', modelId: 'b', refused: 'model-blocked' },
];

describe('what a block stops of what she holds', () => {
  it.each([
    ['nothing', { tenant: 'apps', models: ['llm/a'] }, {}, undefined],
    ['its model', { tenant: 'apps', models: ['llm/b'] }, {}, 'model-blocked'],
    [
      'nothing while another model of the key is left',
      { tenant: 'apps', models: ['llm/a', 'llm/b'] },
      {},
      undefined,
    ],
    [
      'its tenant',
      { tenant: 'research', models: ['llm/a'] },
      {},
      'tenant-blocked',
    ],
    [
      'herself',
      { tenant: 'apps', models: ['llm/a'], owner: ME },
      { isBlocked: true },
      'user-blocked',
    ],
    [
      'nothing of a key that is another’s',
      { tenant: 'apps', models: ['llm/a'], owner: 'user:default/nils' },
      { isBlocked: true },
      undefined,
    ],
    [
      'nothing where nobody asks an authorizer',
      { tenant: 'research', models: ['llm/b'] },
      { isBlocked: true, judge: 'gateway' as const },
      undefined,
    ],
  ])('is %s', (_what, held, change, expected) => {
    expect(blockOf(held, { ...standing, ...change }, models)).toBe(expected);
  });
});
