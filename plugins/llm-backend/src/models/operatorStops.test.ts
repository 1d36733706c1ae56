import { KubeClient, KubeObject, Resource } from '@slipway/controller';
import { waitFor } from '@slipway/controller/testing';
import { textAt } from './json';
import { model, OperatorOnSandbox } from './__testUtils__/onSandbox';

let cluster: OperatorOnSandbox;

beforeEach(async () => {
  cluster = await OperatorOnSandbox.start();
});

afterEach(async () => {
  await cluster.stop();
});

/** A client whose creations of Events are never answered. */
function withoutEvents(client: KubeClient, onAsked: () => void): KubeClient {
  return new Proxy(client, {
    // Or our own client would be asked for another one that looks before it writes.
    getPrototypeOf: () => Object.prototype,
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') {
        return method;
      }
      return (resource: Resource, ...rest: [KubeObject]) => {
        if (name === 'create' && resource.kind === 'Event') {
          onAsked();
          return new Promise(() => {});
        }
        return method.call(target, resource, ...rest);
      };
    },
  });
}

describe('An operator that stops', () => {
  it('gives its lease back in time, though the server does not take its Events', async () => {
    let asked = 0;
    const operator = await cluster.startOperator({
      leaderElection: true,
      wrap: client =>
        withoutEvents(client, () => {
          asked += 1;
        }),
    });
    await cluster.apply(
      model('typo', {
        serving: { image: 'registry.example.com/does-not-exist:1' },
      }),
    );
    await waitFor(() => asked > 0, { what: 'an Event is written' });
    const { namespace } = cluster.settings();
    const holder = () =>
      textAt(
        cluster.get(
          'coordination.k8s.io',
          'leases',
          'slipway-operator',
          namespace,
        ),
        'spec',
        'holderIdentity',
      );
    expect(holder()).toBeTruthy();

    const startedMs = performance.now();
    await operator.stop();
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    expect(holder()).toBeUndefined();
    expect(asked).toBe(1);
  });
});
