import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import { openDatabase } from './access';
import { createAccessRole } from './accessRole';
import { fakeClient, fakeSource, fakeTenants } from './fakeCluster';

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

afterEach(() => {
  jest.useRealTimers();
});

async function startRole(options: { known: boolean }) {
  const knex = await openDatabase(
    mockServices.database.mock({
      getClient: async () => databases.init('SQLITE_3'),
    }),
  );
  const mara = { userEntityRef: 'user:default/mara', groups: ['llm'] };
  const role = createAccessRole({
    cluster: { client: fakeClient(), models: fakeSource, tenants: fakeTenants },
    config: mockServices.rootConfig({ data: {} }),
    knex,
    logger: mockServices.logger.mock(),
    source: {
      name: 'a directory',
      members: async () => [mara],
      member: async () => mara,
    },
    facts: { model: () => undefined, gpus: async () => undefined },
  });
  if (options.known) {
    await role.membership.refresh();
  }
  const scheduler = mockServices.scheduler.mock({
    triggerTask: async () => {},
  });
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'queueMicrotask'],
  });
  const stop = await role.start(scheduler);
  return { scheduler, stop };
}

describe('the first minute of a portal', () => {
  it('reads membership again and again while nobody was known, so that the first people get in at once', async () => {
    const { scheduler, stop } = await startRole({ known: false });
    jest.advanceTimersByTime(10_000);
    expect(scheduler.triggerTask).toHaveBeenCalledTimes(5);
    expect(scheduler.triggerTask).toHaveBeenCalledWith('llm-access-membership');

    jest.advanceTimersByTime(600_000);
    expect(scheduler.triggerTask).toHaveBeenCalledTimes(30);
    stop();
  });

  it('ends with the portal', async () => {
    const { scheduler, stop } = await startRole({ known: false });
    stop();
    jest.advanceTimersByTime(10_000);
    expect(scheduler.triggerTask).not.toHaveBeenCalled();
  });

  it('is like any other where members are known', async () => {
    const { scheduler, stop } = await startRole({ known: true });
    jest.advanceTimersByTime(10_000);
    expect(scheduler.triggerTask).not.toHaveBeenCalled();
    stop();
  });
});
