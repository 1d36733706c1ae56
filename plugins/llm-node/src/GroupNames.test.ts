import { mockServices } from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { GroupNames } from './GroupNames';

const group = (name: string, oidcGroup?: string) => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'Group',
  metadata: {
    name,
    namespace: 'default',
    ...(oidcGroup && {
      annotations: { 'slipway.dev/oidc-group': oidcGroup },
    }),
  },
  spec: { type: 'team', children: [] },
});

describe('the names of groups', () => {
  afterEach(() => jest.useRealTimers());

  it('are those of identity tokens, asked for once a minute for the same groups', async () => {
    jest.useFakeTimers({ now: 0, doNotFake: ['nextTick', 'queueMicrotask'] });
    const catalog = catalogServiceMock({
      entities: [group('developers', '/idp/devs'), group('research')],
    });
    const asked = jest.spyOn(catalog, 'getEntitiesByRefs');
    const names = GroupNames.create({ auth: mockServices.auth(), catalog });
    const developers = ['user:default/mara', 'group:default/developers'];
    const all = [...developers, 'group:default/research', 'group:default/gone'];
    expect(await names.of(['user:default/mara'])).toEqual([]);
    expect(await names.of(developers)).toEqual(['/idp/devs']);
    jest.setSystemTime(30_000);
    expect(await names.of(all)).toEqual(['/idp/devs', 'research']);
    expect(await names.of(developers)).toEqual(['/idp/devs']);
    expect(asked).toHaveBeenCalledTimes(2);
    jest.setSystemTime(60_000);
    await names.of(all);
    await names.of(developers);
    expect(asked).toHaveBeenCalledTimes(3);
  });
});
