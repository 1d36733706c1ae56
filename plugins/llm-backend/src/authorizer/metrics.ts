import { Counter, Gauge, Registry } from 'prom-client';

/** What the gauges show, read when metrics are collected. */
export interface AuthorizerState {
  /** Seconds since it was known that the index is up to date; infinite before there is one. */
  indexAgeS: number;
  /** Seconds since the cluster was heard of. */
  clusterSilentS: number;
  revision: number;
  entries: number;
  keys: number;
  ready: boolean;
}

/** The metrics of the authorizer, in the text format of Prometheus. */
export class AuthorizerMetrics {
  readonly #checks: Counter;
  /** The counters of statuses that were seen: to find one by its label costs as much as the check itself. */
  readonly #byStatus = new Map<number, Counter.Internal>();
  readonly #resyncs: Counter;
  readonly #faults: Counter;

  constructor(registry: Registry, state: () => AuthorizerState) {
    const registers = [registry];
    this.#checks = new Counter({
      name: 'slipway_authorizer_checks_total',
      help: 'Requests by the status they were answered with; 200 are those that passed and those answered here.',
      labelNames: ['status'],
      registers,
    });
    this.#resyncs = new Counter({
      name: 'slipway_authorizer_resyncs_total',
      help: 'How often the whole index was read anew.',
      registers,
    });
    this.#faults = new Counter({
      name: 'slipway_authorizer_faults_total',
      help: 'Checks that failed by a fault of the authorizer; the client was refused.',
      registers,
    });
    const gauges: [string, string, (now: AuthorizerState) => number][] = [
      [
        'index_age_seconds',
        'Since when it is not known whether the index is up to date.',
        now => now.indexAgeS,
      ],
      [
        'cluster_silent_seconds',
        'Since when the Kubernetes API does not answer.',
        now => now.clusterSilentS,
      ],
      ['index_revision', 'How far the feed was followed.', now => now.revision],
      ['index_entries', 'Entries of the index.', now => now.entries],
      ['index_keys', 'Keys in the index.', now => now.keys],
      ['ready', '1 while requests are judged.', now => (now.ready ? 1 : 0)],
    ];
    for (const [name, help, read] of gauges) {
      const gauge: Gauge = new Gauge({
        name: `slipway_authorizer_${name}`,
        help,
        registers,
        collect: () => gauge.set(read(state())),
      });
    }
  }

  /** A request was answered. */
  checked(status: number): void {
    let counter = this.#byStatus.get(status);
    if (!counter) {
      counter = this.#checks.labels({ status });
      this.#byStatus.set(status, counter);
    }
    counter.inc();
  }

  /** The whole index is read anew. */
  resynced(): void {
    this.#resyncs.inc();
  }

  /** A check failed. */
  failed(): void {
    this.#faults.inc();
  }
}
