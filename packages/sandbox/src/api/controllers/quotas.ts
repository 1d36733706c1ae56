import { ResourceId, StoredObject } from '../../types';
import { objectAt } from '../json';
import { storageOf } from '../registry';
import { quantityText, usedOf } from '../quota';
import { ControllerContext } from './controllerContext';
import { Later } from './later';

const QUOTAS: ResourceId = { group: '', plural: 'resourcequotas' };

/** Writes into each ResourceQuota what its namespace uses. */
export class QuotaController {
  readonly #context: ControllerContext;
  readonly #later: Later;
  readonly #unsubscribe: (() => void)[] = [];
  readonly #watched = new Set<string>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#later = new Later(
      namespace => this.#reconcile(namespace),
      context.onError,
    );
  }

  start(): void {
    this.#context.registry.onChange(() => this.#watchAll());
    this.#watchAll();
  }

  stop(): void {
    this.#later.stop();
    for (const end of this.#unsubscribe) end();
  }

  #watchAll(): void {
    const { store, registry } = this.#context;
    for (const kind of registry.allStored()) {
      const id = storageOf(kind);
      const key = `${id.group}/${id.plural}`;
      if (!kind.namespaced || this.#watched.has(key)) continue;
      this.#watched.add(key);
      this.#unsubscribe.push(
        store.subscribe(id, ({ object }) => {
          const { namespace } = object.metadata;
          if (namespace && store.list(QUOTAS, namespace).length > 0)
            this.#later.add(namespace);
        }),
      );
    }
  }

  #reconcile(namespace: string): void {
    for (const quota of this.#context.store.list(QUOTAS, namespace))
      this.#write(quota);
  }

  #write(quota: StoredObject): void {
    const { store, registry, writer } = this.#context;
    const kind = registry.stored(QUOTAS);
    if (!kind || quota.metadata.deletionTimestamp) return;
    const used = [...usedOf(store, quota)].map(([name, amount]) => [
      name,
      quantityText(name, amount),
    ]);
    writer.overwrite(kind, quota, draft => {
      draft.status = {
        hard: objectAt(quota, 'spec', 'hard'),
        used: Object.fromEntries(used),
      };
    });
  }
}
