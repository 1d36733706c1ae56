import { Clock, KubeClient, systemClock } from '@slipway/controller';
import { DownloadProgress } from '@slipway/plugin-llm-common';
import { DOWNLOADER_CONTAINER, LABELS } from '../models/names';
import { PodView } from './pods';
import { pods } from './resources';

/** Logs read in one round, all at once. */
const LOGS_PER_ROUND = 20;
/** Between two rounds. */
const PAUSE_MS = 1_000;
/** A reading is good for this long; a page asks again every eight seconds. */
const FRESH_MS = 4_000;
/** A list of pods is good for this long: a pod that is not in it may have started since. */
const PODS_MS = 5_000;
/** An older reading is not shown: the download may be anywhere by now. */
const FORGET_MS = 120_000;
/** Somebody who asks does not wait longer for a first reading. */
const WAIT_MS = 500;
/** A node that does not answer does not hold up the others for longer. */
const LOG_TIMEOUT_MS = 5_000;

interface Reading {
  progress: DownloadProgress | undefined;
  atMs: number;
}

/** Names of the pods that download now, by the key of their model. */
interface Running {
  pods: Map<string, string>;
  atMs: number;
}

/**
 * How far downloads are, for lists. Only the log of a download's pod tells, so readings are shared by everybody who looks and are taken at a
 * bounded rate, in the order in which they were asked for: one list of all download pods at most every five seconds, and twenty logs a
 * second, however many models are downloading and however many people look. Nothing is read while nobody looks. A list waits half a second
 * at most; what is not known by then comes with the next one.
 */
export class DownloadReadings {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #readings = new Map<string, Reading>();
  /** Keys to read, oldest question first. */
  readonly #asked = new Set<string>();
  #running: Running | undefined;
  /** The round under way. */
  #round: Promise<void> | undefined;
  #isPausing = false;

  static create(options: {
    client: KubeClient;
    clock?: Clock;
  }): DownloadReadings {
    return new DownloadReadings(options.client, options.clock ?? systemClock);
  }

  private constructor(client: KubeClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /**
   * The progress of some models, as it was read last; those whose progress is not known are not in the answer.
   *
   * @param keys - `<namespace>/<name>` of models that download, the most wanted first
   */
  async of(
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, DownloadProgress>> {
    const now = this.#clock.monotonicMs();
    for (const key of keys) {
      const reading = this.#readings.get(key);
      if (!reading || now - reading.atMs >= FRESH_MS) {
        this.#asked.add(key);
      }
    }
    this.#work();
    if (this.#round && keys.some(key => !this.#readings.has(key))) {
      await this.#atMost(WAIT_MS, this.#round);
    }
    return new Map(
      keys.flatMap(key => {
        const progress = this.#known(key);
        return progress ? [[key, progress] as const] : [];
      }),
    );
  }

  #known(key: string): DownloadProgress | undefined {
    const reading = this.#readings.get(key);
    return reading && this.#clock.monotonicMs() - reading.atMs < FORGET_MS
      ? reading.progress
      : undefined;
  }

  /** Begins a round if there is something to read and none is under way; the next follows after a pause. */
  #work(): void {
    if (this.#asked.size === 0 || this.#round || this.#isPausing) {
      return;
    }
    this.#round = this.#readRound().finally(() => {
      this.#round = undefined;
      this.#isPausing = true;
      this.#clock.setTimer(PAUSE_MS, () => {
        this.#isPausing = false;
        this.#work();
      });
    });
  }

  async #readRound(): Promise<void> {
    this.#forgetOld();
    const keys = [...this.#asked].slice(0, LOGS_PER_ROUND);
    for (const key of keys) {
      this.#asked.delete(key);
    }
    const running = await this.#runningPods(keys);
    await Promise.all(
      keys.map(async key => {
        const pod = running.get(key);
        const progress = pod && (await this.#read(key, pod));
        this.#readings.set(key, {
          progress: progress || undefined,
          atMs: this.#clock.monotonicMs(),
        });
      }),
    );
  }

  /** Pods that download, from the last list if that knows all that is asked for or is fresh. */
  async #runningPods(keys: string[]): Promise<Running['pods']> {
    const known = this.#running;
    const now = this.#clock.monotonicMs();
    if (
      known &&
      (now - known.atMs < PODS_MS || keys.every(key => known.pods.has(key)))
    ) {
      return known.pods;
    }
    try {
      // From the API server's watch cache: it costs the cluster's store nothing.
      const list = await this.#client.list<PodView>(pods, {
        labelSelector: `${LABELS.name}=llmmodel-download`,
        fieldSelector: 'status.phase=Running',
        resourceVersion: '0',
      });
      this.#running = { pods: podsByModel(list.items), atMs: now };
    } catch {
      // Not known is no failure: the next list tries again.
      this.#running = { pods: new Map(), atMs: now };
    }
    return this.#running.pods;
  }

  async #read(key: string, pod: string): Promise<DownloadProgress | undefined> {
    const namespace = key.slice(0, key.indexOf('/'));
    const progress = await readProgress(this.#client, { namespace, name: pod });
    if (!progress) {
      // The pod may have ended: whoever asks next has another looked for.
      this.#running?.pods.delete(key);
    }
    return progress;
  }

  #forgetOld(): void {
    const now = this.#clock.monotonicMs();
    for (const [key, { atMs }] of this.#readings) {
      if (now - atMs > FORGET_MS) {
        this.#readings.delete(key);
      }
    }
  }

  async #atMost(delayMs: number, work: Promise<void>): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = this.#clock.setTimer(delayMs, resolve);
      const end = () => {
        timer.cancel();
        resolve();
      };
      work.then(end, end);
    });
  }
}

function podsByModel(items: PodView[]): Map<string, string> {
  return new Map(
    items
      .filter(isDownloading)
      .map(({ metadata: { namespace, name, labels } }) => [
        `${namespace}/${labels?.[LABELS.model]}`,
        name,
      ]),
  );
}

/** Whether a pod is fetching weights now; one that clears old ones away is not. */
export function isDownloading(pod: PodView): boolean {
  return (
    pod.status?.phase === 'Running' &&
    pod.spec.containers.some(({ name }) => name === DOWNLOADER_CONTAINER)
  );
}

/** How far a download is. Not known is no failure: the pod may end, or its node be away, while somebody looks. */
export async function readProgress(
  client: KubeClient,
  pod: { namespace: string; name: string },
): Promise<DownloadProgress | undefined> {
  try {
    return lastProgress(
      await client.logs(pod, {
        container: DOWNLOADER_CONTAINER,
        tailLines: 5,
        signal: AbortSignal.timeout(LOG_TIMEOUT_MS),
      }),
    );
  } catch {
    return undefined;
  }
}

/** The last progress line of a download's log; lines that are none are passed over. */
export function lastProgress(log: string): DownloadProgress | undefined {
  for (const line of log.trimEnd().split('\n').reverse()) {
    if (!line.startsWith('{')) {
      continue;
    }
    try {
      const { bytesDone, bytesTotal } = JSON.parse(line);
      if (Number.isSafeInteger(bytesDone)) {
        return {
          bytesDone,
          bytesTotal: Number.isSafeInteger(bytesTotal) ? bytesTotal : undefined,
        };
      }
    } catch {
      // A torn line: the one before it will do.
    }
  }
  return undefined;
}
