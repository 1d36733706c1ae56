import { StoredObject } from '../../types';
import { WorldContext } from '../context';
import { getByKey, keyOf, kinds } from '../kinds';
import { Queue } from '../loop';

/** How long a node may be unknown before its pods are given up (`quarantineTime` in `pkg/controller/podgc`). Not scaled. */
const QUARANTINE_MS = 40_000;

/** Removes pods whose node does not exist: no kubelet will ever do it (`pkg/controller/podgc` gcOrphaned). */
export class PodGarbageCollector {
  readonly #world: WorldContext;
  readonly #queue: Queue;

  constructor(world: WorldContext) {
    this.#world = world;
    this.#queue = world.loop.queue('pod-garbage-collector', key =>
      this.#collect(key),
    );
  }

  /** Begins to work on the cluster. */
  start(): void {
    const { cluster } = this.#world;
    cluster.subscribe(
      kinds.pods,
      ({ type, object }) => {
        if (type !== 'DELETED' && this.#isOrphan(object)) {
          this.#queue.addAfter(keyOf(object), QUARANTINE_MS);
        }
      },
      { replay: true },
    );
    cluster.subscribe(kinds.nodes, ({ type, object }) => {
      if (type !== 'DELETED') return;
      for (const pod of cluster.list(kinds.pods)) {
        if (pod.spec.nodeName === object.metadata.name) {
          this.#queue.addAfter(keyOf(pod), QUARANTINE_MS);
        }
      }
    });
  }

  #isOrphan({ spec }: StoredObject): boolean {
    const node: string | undefined = spec.nodeName;
    return (
      node !== undefined &&
      this.#world.cluster.get(kinds.nodes, undefined, node) === undefined
    );
  }

  #collect(key: string): void {
    const { cluster } = this.#world;
    const pod = getByKey(cluster, kinds.pods, key);
    if (!pod || !this.#isOrphan(pod)) return;
    const { namespace, name } = pod.metadata;
    cluster.delete(kinds.pods, namespace, name, { gracePeriodSeconds: 0 });
  }
}
