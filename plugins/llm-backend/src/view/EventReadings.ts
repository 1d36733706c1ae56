import {
  Clock,
  KubeClient,
  KubeObject,
  systemClock,
} from '@slipway/controller';
import { ModelEvent } from '@slipway/plugin-llm-common';
import { toModelEvent } from './objects';
import type { PodView } from './pods';
import type { ModelKey } from './readModel';
import { events } from './resources';

/** Events of a model that its page shows. */
const MOST_EVENTS = 100;
/** A namespace with no more events than this is read in one go, whoever they are about. */
const QUIET_NAMESPACE = 200;
/** A namespace that has more is not tried in one go for so long. */
const CROWDED_MS = 60_000;
/** In a crowded namespace each question costs the server a pass over all its events: what a model's viewers read is shared for so long. */
const FRESH_MS = 10_000;
/** Questions at a time. */
const AT_ONCE = 4;
/** Events about one name that are asked for at once, and how often. Recorders drop what goes far beyond 25 events of an object. */
const PAGE = 250;
const MOST_PAGES = 4;
/** Pods that are asked for, those in trouble first; and other objects, the model first. */
const MOST_PODS = 8;
const MOST_OTHERS = 12;
/** Kinds about which nobody writes events. */
const SILENT = new Set([
  'ConfigMap',
  'NetworkPolicy',
  'Role',
  'RoleBinding',
  'SecurityPolicy',
  'ServiceAccount',
]);

/** What events may be about. */
type About = Pick<KubeObject, 'kind' | 'metadata'>;

/** What a model consists of. */
export interface ModelParts {
  pods: PodView[];
  /** Objects that the operator made. */
  objects: KubeObject[];
}

/**
 * Reads the events of models. A server has no index of events: a selector spares the answer, not the pass over the namespace. So a quiet
 * namespace is read with one question. Where a neighbour has filled it, the server is asked by name for what is about the model, in
 * questions and answers of bounded number, which all who look at the model share.
 */
export class EventReadings {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  /** Namespace → monotonic time until which it counts as crowded. */
  readonly #crowdedUntil = new Map<string, number>();
  readonly #readings = new Map<
    string,
    { atMs: number; events: Promise<ModelEvent[]> }
  >();

  static create(options: { client: KubeClient; clock?: Clock }): EventReadings {
    return new EventReadings(options.client, options.clock ?? systemClock);
  }

  private constructor(client: KubeClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** The last events about a model and what belongs to it, the newest first. */
  async of(key: ModelKey, parts: ModelParts): Promise<ModelEvent[]> {
    const { namespace, name } = key;
    const about = eventSubjects(name, parts);
    if (!this.#isCrowded(namespace)) {
      const list = await this.#client.list(events, {
        namespace,
        limit: QUIET_NAMESPACE,
      });
      if (!list.continue) {
        return newestOf(list.items, about);
      }
      this.#crowdedUntil.set(namespace, this.#now() + CROWDED_MS);
    }
    return this.#shared(`${namespace}/${name}`, () =>
      this.#byName(namespace, about),
    );
  }

  #isCrowded(namespace: string): boolean {
    return (this.#crowdedUntil.get(namespace) ?? -Infinity) > this.#now();
  }

  /** What was read a moment ago, or is being read; else reads. */
  #shared(
    key: string,
    read: () => Promise<ModelEvent[]>,
  ): Promise<ModelEvent[]> {
    const now = this.#now();
    for (const [other, { atMs }] of this.#readings) {
      if (now - atMs >= FRESH_MS) {
        this.#readings.delete(other);
      }
    }
    const known = this.#readings.get(key);
    if (known) {
      return known.events;
    }
    const reading = { atMs: now, events: read() };
    this.#readings.set(key, reading);
    // A failure is told to those who wait for it, and to nobody after them.
    reading.events.catch(() => this.#readings.delete(key));
    return reading.events;
  }

  async #byName(namespace: string, about: About[]): Promise<ModelEvent[]> {
    const isPod = ({ kind }: About) => kind === 'Pod';
    const asked = [
      ...about.filter(object => !isPod(object)).slice(0, MOST_OTHERS),
      ...about.filter(isPod).slice(0, MOST_PODS),
    ];
    // A model, its Deployment, its Service and its pool have one name: one question.
    const names = [...new Set(asked.map(({ metadata }) => metadata.name))];
    const found: KubeObject[] = [];
    const ask = async () => {
      for (let name = names.shift(); name; name = names.shift()) {
        found.push(...(await this.#about(namespace, name)));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
    return newestOf(found, about);
  }

  async #about(namespace: string, name: string): Promise<KubeObject[]> {
    const found: KubeObject[] = [];
    let next: string | undefined;
    for (let page = 0; page === 0 || (next && page < MOST_PAGES); page += 1) {
      const list = await this.#client.list(events, {
        namespace,
        fieldSelector: `involvedObject.name=${name}`,
        limit: PAGE,
        continue: next,
      });
      found.push(...list.items);
      next = list.continue;
    }
    return found;
  }

  #now(): number {
    return this.#clock.monotonicMs();
  }
}

/** The objects whose events are a model's: the model, what the operator made for it, and its pods, those in trouble and the newest first. */
function eventSubjects(model: string, { pods, objects }: ModelParts): About[] {
  const age = ({ metadata }: PodView) => metadata.creationTimestamp ?? '';
  const inOrder = [...pods].sort(
    (a, b) =>
      Number(isWell(a)) - Number(isWell(b)) || age(b).localeCompare(age(a)),
  );
  return [
    { kind: 'LLMModel', metadata: { name: model } },
    ...objects.filter(({ kind }) => !SILENT.has(kind)),
    ...inOrder.map(({ metadata }) => ({ kind: 'Pod', metadata })),
  ];
}

/** Whether a pod serves, or has done its work. */
function isWell({ status }: PodView): boolean {
  return (
    status?.phase === 'Succeeded' ||
    (status?.conditions ?? []).some(
      condition => condition.type === 'Ready' && condition.status === 'True',
    )
  );
}

function newestOf(items: KubeObject[], about: About[]): ModelEvent[] {
  const wanted = new Set(
    about.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
  );
  return items
    .map(toModelEvent)
    .filter(({ object }) => wanted.has(object))
    .sort((a, b) => b.lastSeen.localeCompare(a.lastSeen))
    .slice(0, MOST_EVENTS);
}
