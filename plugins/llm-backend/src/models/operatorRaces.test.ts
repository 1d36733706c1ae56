import { KubeClient, WatchOptions } from '@slipway/controller';
import { waitFor } from '@slipway/controller/testing';
import { LLM_MODELS } from './kinds';
import { model, OperatorOnSandbox } from './__testUtils__/onSandbox';

jest.setTimeout(120_000);

let cluster: OperatorOnSandbox;

beforeEach(async () => {
  cluster = await OperatorOnSandbox.start();
});

afterEach(async () => {
  await cluster.stop();
});

/**
 * A client that hears of a change of the model `late` later than of the answer to its own status write, which came after it: before the first
 * of them is sent somebody else writes, and until it is answered no event of a model gets through.
 */
function hearingLate(
  client: KubeClient,
  writeOfAnother: () => Promise<void>,
): KubeClient {
  let held: (() => void)[] | undefined;
  let isFirst = true;
  const overrides: Partial<KubeClient> = {
    watch: (resource, scope, options) => {
      const late: WatchOptions = {
        ...options,
        isKnown: version => !held && options.isKnown?.(version) === true,
        onEvent: event => {
          const tell = () => options.onEvent(Object(event));
          if (held) {
            held.push(tell);
          } else {
            tell();
          }
        },
      };
      return resource.plural === LLM_MODELS.plural
        ? client.watch(resource, scope, late)
        : client.watch(resource, scope, options);
    },
    apply: async (resource, object, options) => {
      const isStatus =
        object.metadata.name === 'late' && options.subresource === 'status';
      if (!isStatus || !isFirst) {
        return client.apply(resource, object, options);
      }
      isFirst = false;
      held = [];
      await writeOfAnother();
      const answer = await client.apply(resource, object, options);
      setTimeout(() => {
        const events = held ?? [];
        held = undefined;
        events.forEach(tell => tell());
      }, 100);
      return answer;
    },
  };
  return new Proxy(client, {
    get(target, name: keyof KubeClient) {
      const own = overrides[name];
      const method: unknown = Reflect.get(target, name, target);
      return (
        own ?? (typeof method === 'function' ? method.bind(target) : method)
      );
    },
  });
}

describe('what somebody writes just before our status, and we hear of only after it', () => {
  const sameId = { model: { name: 'acme/one' } };

  /** Only one status is written of `late`, since its id is taken; nothing else happens then that could wake the operator. */
  async function applyLate(writeOfAnother: () => Promise<void>) {
    await cluster.startOperator({
      wrap: client => hearingLate(client, writeOfAnother),
    });
    await cluster.apply(model('holder', sameId));
    await cluster.untilReady('holder');
    await cluster.apply(model('late', sameId));
  }

  it('is carried out: an edit', async () => {
    await applyLate(() =>
      cluster.change('late', { model: { name: 'acme/another' } }),
    );
    await cluster.untilReady('late', 2);
    expect(cluster.model('late')?.status.servedModelId).toBe('acme/another');
  });

  it('is carried out: a deletion', async () => {
    let asked = false;
    await applyLate(async () => {
      await cluster.delete('late');
      asked = true;
    });
    await waitFor(() => asked && cluster.model('late') === undefined, {
      what: 'the model goes',
    });
    expect(cluster.phase('holder')).toBe('Ready');
  });
});

describe('a burst of models', () => {
  it('that is deleted while it comes leaves nothing behind', async () => {
    const names = Array.from({ length: 80 }, (_, index) => `brief-${index}`);
    await Promise.all(names.map(name => cluster.apply(model(name))));
    await cluster.startOperator();
    // The first objects are there; most models have not had their turn yet, and none has a finalizer.
    await waitFor(() => cluster.list('apps', 'deployments').length > 10);
    expect(
      names.some(
        name => cluster.model(name)?.metadata.finalizers === undefined,
      ),
    ).toBe(true);
    await Promise.all(names.map(name => cluster.delete(name)));
    await cluster.untilNothingIsLeft();
    expect(cluster.everything()).toEqual([]);
  });
});
