import { apiEntityV1alpha1Validator } from '@backstage/catalog-model';
import { mockServices } from '@backstage/backend-test-utils';
import type { EntityProviderMutation } from '@backstage/plugin-catalog-node';
import type { LlmModel } from '@slipway/plugin-llm-common';
import type { ModelSource } from '@slipway/plugin-llm-node';
import { waitFor } from '@slipway/controller/testing';
import { ModelEntityProvider } from './ModelEntityProvider';
import { toEntities } from './toEntities';

const settings = {
  defaultOwner: 'group:default/admins',
  location: 'llm:models',
};

function model(
  name: string,
  revision = '1',
  groups = ['developers'],
): LlmModel {
  return {
    apiVersion: 'llm.nebari.dev/v1alpha1',
    kind: 'LLMModel',
    metadata: { name, namespace: 'models', resourceVersion: revision },
    spec: {
      model: { name: `Org_X/${name}`, source: 'huggingface' },
      resources: { gpu: { count: 1, type: 'nvidia' } },
      access: { groups },
    },
  };
}

class FakeSource implements ModelSource {
  models: LlmModel[] = [];
  readonly #listeners = new Set<() => void>();
  #ready: () => void = () => {};
  readonly #isReady = new Promise<void>(resolve => {
    this.#ready = resolve;
  });
  become(models: LlmModel[]): void {
    this.models = models;
    this.#ready();
    this.#listeners.forEach(listener => listener());
  }
  ready = () => this.#isReady;
  list = () => this.models;
  get = () => undefined;
  onChange(listener: () => void) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  lastHeard = () => new Date();
}

describe('models in the catalog', () => {
  it('are APIs that the catalog accepts, whatever the model is called', async () => {
    for (const name of ['m', 'a'.repeat(60), 'with.dots-and-dashes']) {
      const [entity] = toEntities(model(name), settings);
      expect(await apiEntityV1alpha1Validator.check(entity)).toBe(true);
      expect(entity.metadata.name.length).toBeLessThanOrEqual(63);
      expect(entity.metadata.annotations).toMatchObject({
        'slipway.dev/model': `models/${name}`,
        'backstage.io/kubernetes-namespace': 'models',
      });
      expect(Object.keys(entity.metadata.labels ?? {})).toEqual([
        expect.stringMatching(/^visible\.slipway\.dev\/[0-9a-f]{32}$/),
      ]);
    }
    const names = ['a'.repeat(60), `${'a'.repeat(59)}b`].map(
      name => toEntities(model(name), settings)[0].metadata.name,
    );
    expect(new Set(names).size).toBe(2);
  });

  it('follow the cluster: all of them once they are known, then only what changed', async () => {
    const source = new FakeSource();
    const mutations: EntityProviderMutation[] = [];
    let failures = 0;
    const provider = ModelEntityProvider.create({
      source,
      settings,
      retryMs: 10,
      logger: mockServices.logger.mock(),
    });
    await provider.connect({
      applyMutation: async mutation => {
        if (failures > 0) {
          failures -= 1;
          throw new Error('the database is away');
        }
        mutations.push(mutation);
      },
      refresh: async () => {},
    });
    // Nothing is handed over before the models are known: an incomplete list would delete entities.
    expect(mutations).toEqual([]);

    source.become([model('one'), model('two')]);
    await waitFor(() => mutations.length === 1);
    expect(mutations[0]).toMatchObject({ type: 'full' });

    // A new version of a model whose entity is the same says nothing.
    source.become([model('one', '2'), model('two', '1', ['research'])]);
    await waitFor(() => mutations.length === 2);
    expect(mutations[1]).toMatchObject({
      type: 'delta',
      added: [{ entity: { metadata: { title: 'two' } } }],
      removed: [],
    });

    source.become([model('one', '2')]);
    await waitFor(() => mutations.length === 3);
    expect(mutations[2]).toMatchObject({
      type: 'delta',
      added: [],
      removed: [{ entity: { metadata: { title: 'two' } } }],
    });

    // After a failure all of them are handed over again.
    failures = 1;
    source.become([model('one'), model('three')]);
    await waitFor(() => failures === 0);
    await waitFor(() => mutations.length === 4);
    expect(mutations[3]).toMatchObject({ type: 'full' });
    await provider.stop();
  });

  it('are made anew only for models that changed, however many there are', async () => {
    const source = new FakeSource();
    const mutations: EntityProviderMutation[] = [];
    const provider = ModelEntityProvider.create({
      source,
      settings,
      logger: mockServices.logger.mock(),
    });
    await provider.connect({
      applyMutation: async mutation => {
        mutations.push(mutation);
      },
      refresh: async () => {},
    });
    let reads = 0;
    const counted = (name: string, groups?: string[]): LlmModel => {
      const { spec, ...rest } = model(name, '1', groups);
      return {
        ...rest,
        get spec() {
          reads += 1;
          return spec;
        },
      };
    };
    const models = Array.from({ length: 1_000 }, (_, index) =>
      counted(`m-${index}`),
    );
    source.become(models);
    await waitFor(() => mutations.length === 1);
    const readsOfOne = reads / models.length;
    reads = 0;
    source.become([...models.slice(1), counted('m-0', ['research'])]);
    await waitFor(() => mutations.length === 2);
    expect(reads).toBe(readsOfOne);
    expect(mutations[1]).toMatchObject({
      type: 'delta',
      added: [{ entity: { metadata: { title: 'm-0' } } }],
      removed: [],
    });
    await provider.stop();
  });
});
