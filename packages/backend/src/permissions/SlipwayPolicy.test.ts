import { catalogEntityReadPermission } from '@backstage/plugin-catalog-common/alpha';
import { mockCredentials } from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { llmModelReadPermission } from '@slipway/plugin-llm-common';
import { visibleToGroupLabel } from '@slipway/plugin-llm-node';
import { SlipwayPolicy } from './SlipwayPolicy';

function policyFor(ownershipEntityRefs: string[], groups: string[] = []) {
  const policy = SlipwayPolicy.create({
    admins: ['group:default/platform-admins'],
    groupNames: { of: async () => groups },
    userInfo: {
      getUserInfo: async () => ({
        userEntityRef: ownershipEntityRefs[0],
        ownershipEntityRefs,
      }),
    },
  });
  const credentials = mockCredentials.user(ownershipEntityRefs[0]);
  const info = { userEntityRef: ownershipEntityRefs[0], ownershipEntityRefs };
  return (name: string) =>
    policy.handle(
      { permission: { type: 'basic', name, attributes: {} } },
      { credentials, info },
    );
}

describe("the portal's permission policy", () => {
  it('lets admins do everything', async () => {
    const decide = policyFor([
      'user:default/priya',
      'group:default/platform-admins',
    ]);
    for (const name of [
      'kubernetes.proxy',
      'catalog.entity.delete',
      llmModelReadPermission.name,
      'anything.new',
    ]) {
      expect(await decide(name)).toEqual({ result: AuthorizeResult.ALLOW });
    }
  });

  it('keeps everybody else from the Kubernetes proxy and from what it does not know', async () => {
    const decide = policyFor(['user:default/mara', 'group:default/developers']);
    for (const name of [
      'kubernetes.proxy',
      'catalog.entity.delete',
      'catalog.location.create',
      'llm.key.create',
      'anything.new',
    ]) {
      expect({ name, ...(await decide(name)) }).toEqual({
        name,
        result: AuthorizeResult.DENY,
      });
    }
    expect(await decide('scaffolder.task.create')).toEqual({
      result: AuthorizeResult.ALLOW,
    });
  });

  it("lets everybody ask for access and decide on what she owns, and only admins see and change what is others'", async () => {
    const mara = policyFor(['user:default/mara', 'group:default/developers']);
    const priya = policyFor([
      'user:default/priya',
      'group:default/platform-admins',
    ]);
    for (const [name, result] of [
      ['llm.access.use', AuthorizeResult.ALLOW],
      ['llm.request.approve', AuthorizeResult.ALLOW],
      ['llm.access.read.all', AuthorizeResult.DENY],
      ['llm.access.manage.all', AuthorizeResult.DENY],
    ] as const) {
      expect({ name, ...(await mara(name)) }).toEqual({ name, result });
      expect(await priya(name)).toEqual({ result: AuthorizeResult.ALLOW });
    }
  });

  it('hides models in the catalog by condition, so that lists and search hide them too', async () => {
    const decide = policyFor(
      ['user:default/mara', 'group:default/developers'],
      ['devs'],
    );
    const decision = await decide(catalogEntityReadPermission.name);
    expect(decision.result).toBe(AuthorizeResult.CONDITIONAL);
    const text = JSON.stringify(decision);
    expect(text).toContain('slipway.dev/model');
    expect(text).toContain(visibleToGroupLabel('devs'));
    expect(text).toContain('group:default/developers');
    expect(text).not.toContain(visibleToGroupLabel('research'));
  });

  it('refuses whoever is nobody', async () => {
    const policy = SlipwayPolicy.create({
      admins: [],
      groupNames: { of: async () => [] },
      userInfo: {
        getUserInfo: async () => ({
          userEntityRef: '',
          ownershipEntityRefs: [],
        }),
      },
    });
    expect(await policy.handle({ permission: llmModelReadPermission })).toEqual(
      {
        result: AuthorizeResult.DENY,
      },
    );
  });
});
