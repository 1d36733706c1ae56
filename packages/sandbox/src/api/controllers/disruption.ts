import { ResourceId, StoredObject } from '../../types';
import { isObject, listAt } from '../json';
import { matchesLabels } from '../selectors';
import { ControllerContext } from './controllerContext';
import { Later } from './later';

const BUDGETS: ResourceId = { group: 'policy', plural: 'poddisruptionbudgets' };
const PODS: ResourceId = { group: '', plural: 'pods' };

const isReady = (pod: StoredObject): boolean =>
  listAt(pod, 'status', 'conditions').some(
    condition =>
      isObject(condition) &&
      condition.type === 'Ready' &&
      condition.status === 'True',
  );

/** A number or a percentage of the expected pods, rounded up. */
function countOf(value: unknown, expected: number): number {
  const text = String(value);
  return text.endsWith('%')
    ? Math.ceil((Number(text.slice(0, -1)) * expected) / 100)
    : Number(text);
}

/**
 * Counts the pods of each PodDisruptionBudget, so that evictions know how many may go. Expects as many pods as there are; a real
 * controller asks the pods' owners for percentages and `maxUnavailable`.
 */
export class DisruptionController {
  readonly #context: ControllerContext;
  readonly #later: Later;
  readonly #unsubscribe: (() => void)[] = [];

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#later = new Later(
      namespace => this.#reconcile(namespace),
      context.onError,
    );
  }

  start(): void {
    const { store } = this.#context;
    for (const id of [BUDGETS, PODS]) {
      this.#unsubscribe.push(
        store.subscribe(id, ({ object }) => {
          const { namespace } = object.metadata;
          if (namespace && store.list(BUDGETS, namespace).length > 0)
            this.#later.add(namespace);
        }),
      );
    }
  }

  stop(): void {
    this.#later.stop();
    for (const end of this.#unsubscribe) end();
  }

  #reconcile(namespace: string): void {
    const { store } = this.#context;
    for (const budget of store.list(BUDGETS, namespace)) {
      const pods = store
        .list(PODS, namespace)
        .filter(pod =>
          matchesLabels(budget.spec?.selector, pod.metadata.labels ?? {}),
        )
        .filter(
          pod =>
            pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed',
        );
      this.#write(budget, pods);
    }
  }

  #write(budget: StoredObject, pods: readonly StoredObject[]): void {
    const { registry, writer } = this.#context;
    const kind = registry.stored(BUDGETS);
    if (!kind || budget.metadata.deletionTimestamp) return;
    const expected = pods.length;
    const healthy = pods.filter(isReady).length;
    const { minAvailable, maxUnavailable } = budget.spec ?? {};
    const desired =
      maxUnavailable === undefined
        ? countOf(minAvailable ?? 0, expected)
        : Math.max(0, expected - countOf(maxUnavailable, expected));
    const allowed = expected === 0 ? 0 : Math.max(0, healthy - desired);
    writer.overwrite(kind, budget, draft => {
      draft.status = {
        ...draft.status,
        observedGeneration: budget.metadata.generation,
        disruptionsAllowed: allowed,
        currentHealthy: healthy,
        desiredHealthy: desired,
        expectedPods: expected,
      };
    });
  }
}
