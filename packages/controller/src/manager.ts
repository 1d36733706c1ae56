import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { Cache, CacheOptions } from './cache';
import { Clock, systemClock } from './clock';
import { ControllerOptions, ControllerRunner } from './controller';
import { guardWrites } from './guardWrites';
import { LeaderElection, LeaderElectionOptions } from './leaderElection';
import { Logger, silentLogger } from './logger';
import { ControllerMetrics } from './metrics';
import { ServedKinds } from './servedKinds';
import { StatusServer, startStatusServer } from './statusServer';
import { KubeClient, KubeObject } from './types';

/** What a {@link Manager} runs on. */
export interface ManagerOptions {
  client: KubeClient;
  logger?: Logger;
  /** Give the client's `onCall` the same object, so that its calls are counted. */
  metrics?: ControllerMetrics;
  /** With it, controllers run only while the lease is ours. */
  leaderElection?: Pick<LeaderElectionOptions, 'lease'> &
    Partial<Omit<LeaderElectionOptions, 'client' | 'clock' | 'logger'>>;
  /** Serves `/healthz`, `/readyz` and `/metrics` there; 0 takes any free port. */
  statusPort?: number;
  /** All interfaces if absent. */
  statusHost?: string;
  /** Work in flight may finish within this time at a stop; 20 s if absent. */
  stopDeadlineMs?: number;
  clock?: Clock;
  random?: () => number;
}

/** Caches, controllers and leader election of one process. Made by {@link createManager}. */
export class Manager {
  /** Refuses writes while we are not the leader. Give this one to reconcilers. */
  readonly client: KubeClient;
  readonly metrics: ControllerMetrics;
  readonly clock: Clock;
  readonly logger: Logger;

  private readonly caches: Pick<
    Cache,
    'start' | 'stop' | 'hasSynced' | 'waitForSync'
  >[] = [];
  private readonly controllers: ControllerOptions[] = [];
  private readonly election: LeaderElection | undefined;
  private readonly servedKinds: ServedKinds;
  private readonly stopDeadlineMs: number;
  private readonly stopping = new AbortController();
  private runners: ControllerRunner[] = [];
  private statusServer: StatusServer | undefined;
  private started = false;

  constructor(private readonly options: ManagerOptions) {
    this.clock = options.clock ?? systemClock;
    this.logger = options.logger ?? silentLogger;
    this.metrics = options.metrics ?? new ControllerMetrics();
    this.stopDeadlineMs = options.stopDeadlineMs ?? 20_000;
    const { client, leaderElection } = options;
    this.election =
      leaderElection &&
      new LeaderElection({
        identity: `${os.hostname()}_${randomUUID()}`,
        ...leaderElection,
        client,
        clock: this.clock,
        logger: this.logger,
      });
    this.client = this.election
      ? guardWrites(client, this.election.guard)
      : client;
    this.servedKinds = new ServedKinds({
      client,
      clock: this.clock,
      logger: this.logger,
    });
  }

  /**
   * A cache that starts and stops with the manager. Each call makes one of its own: ask once per kind and pass it on. It reads
   * also while we are not the leader, so that taking over is quick.
   */
  cache<T extends KubeObject = KubeObject>(
    options: Pick<
      CacheOptions<T>,
      'resource' | 'scope' | 'indexes' | 'transform'
    >,
  ): Cache<T> {
    const cache = new Cache<T>({
      ...options,
      client: this.options.client,
      servedKinds: this.servedKinds,
      clock: this.clock,
      random: this.options.random,
      logger: this.logger,
      onWatchRestart: reason =>
        this.metrics.watchRestarted(options.resource.plural, reason),
    });
    this.caches.push(cache);
    if (this.started) {
      cache.start();
    }
    return cache;
  }

  /**
   * Adds a controller. Its workers start when all caches are in sync and we lead.
   *
   * @throws Error after `start`.
   */
  add(controller: ControllerOptions): void {
    if (this.started) {
      throw new Error(
        `controller ${controller.name}: add it before the manager starts`,
      );
    }
    this.controllers.push(controller);
  }

  /** Starts everything and returns; the work goes on until `stop`. */
  async start(): Promise<void> {
    this.started = true;
    if (this.options.statusPort !== undefined) {
      this.statusServer = await startStatusServer(
        {
          healthy: () => true,
          ready: () => this.hasSynced,
          metrics: async () => ({
            contentType: this.metrics.registry.contentType,
            text: await this.metrics.registry.metrics(),
          }),
        },
        { port: this.options.statusPort, host: this.options.statusHost },
      );
    }
    this.caches.forEach(cache => cache.start());
    if (this.election) {
      this.election.start(term => this.lead(term));
    } else {
      this.lead(this.stopping.signal);
    }
  }

  /**
   * Stops: no new work, work in flight finishes or is aborted at the deadline, the lease is given back. `lastWrites` is for what that work
   * has left to write: it runs before the lease goes, which waits for it, so it must end in time.
   */
  async stop(lastWrites?: () => Promise<void>): Promise<void> {
    this.stopping.abort();
    await Promise.all(
      this.runners.map(runner => runner.stop(this.stopDeadlineMs)),
    );
    this.runners = [];
    await lastWrites?.();
    await this.election?.stop();
    await Promise.all(this.caches.map(cache => cache.stop()));
    await this.servedKinds.stop();
    await this.statusServer?.close();
  }

  /** Whether all caches have seen the server's state. */
  get hasSynced(): boolean {
    return this.caches.every(cache => cache.hasSynced);
  }

  /** Where the status server listens. */
  get statusPort(): number | undefined {
    return this.statusServer?.port;
  }

  /** One term of leadership: from caches in sync until the lease is lost or we stop. */
  private async lead(term: AbortSignal): Promise<void> {
    await Promise.all(this.caches.map(cache => cache.waitForSync(term)));
    if (term.aborted || this.stopping.signal.aborted) {
      return;
    }
    const runners = this.controllers.map(
      options =>
        new ControllerRunner(options, {
          clock: this.clock,
          logger: this.logger,
          metrics: this.metrics,
        }),
    );
    this.runners = runners;
    this.metrics.leading(true);
    term.addEventListener('abort', () => this.resign(runners), { once: true });
    for (const runner of runners) {
      runner.listen();
      runner.start();
    }
  }

  private resign(runners: ControllerRunner[]): void {
    this.metrics.leading(false);
    if (this.stopping.signal.aborted) {
      // `stop` ends the workers in peace.
      return;
    }
    this.runners = [];
    for (const runner of runners) {
      runner.abort('leadership was lost');
      runner.stop(0).catch(error => this.logger.error(String(error)));
    }
  }
}

/** A manager for the controllers of one process. */
export function createManager(options: ManagerOptions): Manager {
  return new Manager(options);
}
