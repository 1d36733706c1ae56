import { ApiServer, createApiServer } from './createApiServer';
import { listAt, stringAt } from './json';
import { TestClient } from './testing/client';

const EVENTS = '/api/v1/namespaces/default/events';

const event = (
  name: string,
  involvedObject: Record<string, string>,
  more: Record<string, unknown>,
) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: 'default' },
  involvedObject: { namespace: 'default', ...involvedObject },
  ...more,
});

describe('field selectors of Events', () => {
  let server: ApiServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await createApiServer();
    client = new TestClient(server);
    const all = [
      event(
        'a1',
        { kind: 'Pod', name: 'a', uid: 'u-a', fieldPath: 'spec.containers{c}' },
        {
          reason: 'BackOff',
          type: 'Warning',
          source: { component: 'kubelet' },
        },
      ),
      event(
        'a2',
        { kind: 'Deployment', name: 'a', uid: 'u-d', apiVersion: 'apps/v1' },
        { reason: 'Scaled', type: 'Normal', reportingComponent: 'deployer' },
      ),
      event(
        'b1',
        { kind: 'Pod', name: 'b', uid: 'u-b' },
        {
          reason: 'BackOff',
          type: 'Warning',
          source: { component: 'kubelet' },
        },
      ),
    ];
    for (const one of all) {
      server.cluster.create({ group: '', plural: 'events' }, one, 'test');
    }
  });
  afterAll(() => server.stop());

  const list = async (fieldSelector: string, more = '') =>
    client.call(
      'GET',
      `${EVENTS}?fieldSelector=${encodeURIComponent(fieldSelector)}${more}`,
    );

  // Source: ToSelectableFields in kubernetes/pkg/registry/core/event/strategy.go.
  it.each([
    ['involvedObject.name=a', ['a1', 'a2']],
    ['involvedObject.name=a,involvedObject.kind=Pod', ['a1']],
    ['involvedObject.kind!=Pod', ['a2']],
    ['involvedObject.uid=u-b', ['b1']],
    ['involvedObject.namespace=default,type=Warning', ['a1', 'b1']],
    ['involvedObject.apiVersion=apps/v1', ['a2']],
    ['involvedObject.fieldPath=spec.containers{c}', ['a1']],
    ['reason=BackOff', ['a1', 'b1']],
    ['source=deployer', ['a2']],
    ['reportingComponent==kubelet', ['a1', 'b1']],
    ['metadata.name=b1', ['b1']],
    ['involvedObject.name=c', []],
  ])('%s is %j', async (selector, names) => {
    const { status, body } = await list(selector);
    expect(status).toBe(200);
    expect(
      listAt(body, 'items').map(item => stringAt(item, 'metadata', 'name')),
    ).toEqual(names);
  });

  it('go on with the next page among what is selected', async () => {
    const first = await list('involvedObject.kind=Pod', '&limit=1');
    const next = stringAt(first.body, 'metadata', 'continue') ?? '';
    const second = await list(
      'involvedObject.kind=Pod',
      `&limit=1&continue=${encodeURIComponent(next)}`,
    );
    const names = [first, second].map(({ body }) =>
      listAt(body, 'items').map(item => stringAt(item, 'metadata', 'name')),
    );
    expect(names).toEqual([['a1'], ['b1']]);
  });

  it('by another field are refused', async () => {
    expect(await list('message=x')).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('not supported: message') },
    });
  });
});
