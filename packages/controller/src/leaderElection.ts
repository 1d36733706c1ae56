import { Clock, pause, systemClock } from './clock';
import { isAlreadyExists, isConflict, isNotFound } from './errors';
import { Logger, messageOf, silentLogger } from './logger';
import { keyString, LEASES } from './resources';
import { KubeClient, KubeObject, ObjectKey } from './types';

/** A Lease of `coordination.k8s.io/v1`. */
export interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

/** Which lease, and how long things may take. The defaults are those of Kubernetes' own controllers. */
export interface LeaderElectionOptions {
  client: KubeClient;
  lease: { namespace: string; name: string };
  /** Unique per process, e.g. the pod's name and a random part. */
  identity: string;
  /** Others wait this long after the last renewal before they take over; 15 s if absent. */
  leaseDurationMs?: number;
  /** We stop writing when renewing has failed for this long; must be shorter than the lease; 10 s if absent. */
  renewDeadlineMs?: number;
  /** Pause between attempts; 2 s if absent. */
  retryPeriodMs?: number;
  clock?: Clock;
  random?: () => number;
  logger?: Logger;
}

/** Thrown instead of writing when we are not, or no longer, the leader. */
export class NotLeaderError extends Error {
  constructor(lease: ObjectKey) {
    super(
      `not the leader: the lease ${keyString(
        lease,
      )} is not ours at this moment`,
    );
    this.name = 'NotLeaderError';
  }
}

/**
 * Makes sure that of all processes with this lease at most one writes.
 *
 * What makes it safe is the fence, not the loop: `mayWrite` compares the clock with the moment *before* the last successful renewal was
 * sent, so that a process that was paused, or whose timers are late, knows that it is too late before its next write. Both the monotonic and
 * the wall clock must agree, because the monotonic one stands still while a machine sleeps. Between our deadline and the end of
 * the lease there is time for requests that were under way.
 */
export class LeaderElection {
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly logger: Logger;
  private readonly leaseDurationMs: number;
  private readonly renewDeadlineMs: number;
  private readonly retryPeriodMs: number;
  private readonly stopping = new AbortController();
  private term: AbortController | undefined;
  private renewed: { monotonicMs: number; wallMs: number } | undefined;
  /** The lease as we last saw it, and when it last changed as far as we could see. */
  private observed: { lease: Lease; atMs: number } | undefined;
  private running: Promise<void> | undefined;

  /** @throws Error when the deadline is not shorter than the lease. */
  constructor(private readonly options: LeaderElectionOptions) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    this.logger = options.logger ?? silentLogger;
    this.leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.retryPeriodMs = options.retryPeriodMs ?? 2_000;
    if (this.renewDeadlineMs >= this.leaseDurationMs) {
      throw new Error(
        `leader election: renewDeadlineMs (${this.renewDeadlineMs}) must be shorter than leaseDurationMs (${this.leaseDurationMs})`,
      );
    }
  }

  /** Whether a write may go out at this very moment. */
  mayWrite(): boolean {
    if (!this.term || !this.renewed) {
      return false;
    }
    const sinceMs = Math.max(
      this.clock.monotonicMs() - this.renewed.monotonicMs,
      this.clock.wallMs() - this.renewed.wallMs,
    );
    return sinceMs < this.renewDeadlineMs;
  }

  /** @throws NotLeaderError unless `mayWrite`. */
  readonly guard = (): void => {
    if (!this.mayWrite()) {
      throw new NotLeaderError(this.options.lease);
    }
  };

  /**
   * Begins to compete. `onLeading` is called at the beginning of each term; its signal aborts when the term ends, whether the lease was
   * lost or given up.
   */
  start(onLeading: (term: AbortSignal) => void): void {
    this.running ??= this.run(onLeading);
  }

  /**
   * Stops competing and, if we lead, gives the lease back so that others need not wait for its end. Stop writing first. A server that does not
   * answer is not waited for longer than at a renewal.
   */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    const held = this.mayWrite() ? this.observed?.lease : undefined;
    this.endTerm();
    if (held) {
      const free = { ...held, spec: { ...held.spec, holderIdentity: '' } };
      try {
        await this.inTime(signal => this.save(free, signal));
      } catch (error) {
        this.logger.warn(`giving back ${this.name}: ${messageOf(error)}`);
      }
    }
  }

  private get name(): string {
    return `the lease ${keyString(this.options.lease)}`;
  }

  private async run(onLeading: (term: AbortSignal) => void): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      if (this.term && !this.mayWrite()) {
        this.lose('it could not be renewed in time');
      }
      await this.attempt(onLeading);
      await pause(
        this.clock,
        this.retryPeriodMs * (1 + 0.2 * this.random()),
        signal,
      );
    }
  }

  /** One attempt to renew or to take the lease. */
  private async attempt(onLeading: (term: AbortSignal) => void): Promise<void> {
    const before = {
      monotonicMs: this.clock.monotonicMs(),
      wallMs: this.clock.wallMs(),
    };
    try {
      if (!(await this.inTime(signal => this.acquireOrRenew(signal)))) {
        if (this.term) {
          this.lose('somebody else holds it');
        }
        return;
      }
      this.renewed = before;
      if (!this.term) {
        this.term = new AbortController();
        this.logger.info(
          `${this.options.identity} leads: ${this.name} is ours`,
        );
        onLeading(this.term.signal);
      }
    } catch (error) {
      this.logger.warn(`renewing ${this.name}: ${messageOf(error)}`);
    }
  }

  /** Gives calls up so early that there is time for others before the deadline. */
  private async inTime<T>(
    calls: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const limit = new AbortController();
    const timer = this.clock.setTimer(this.renewDeadlineMs / 2, () =>
      limit.abort(),
    );
    try {
      return await calls(limit.signal);
    } finally {
      timer.cancel();
    }
  }

  private async acquireOrRenew(signal: AbortSignal): Promise<boolean> {
    if (this.term && this.observed) {
      try {
        await this.save(this.renewal(this.observed.lease), signal);
        return true;
      } catch (error) {
        if (!isConflict(error) && !isNotFound(error)) {
          throw error;
        }
        // Somebody wrote to it; see who.
      }
    }
    const lease = await this.read(signal);
    if (!lease) {
      return this.create(signal);
    }
    if (
      this.observed?.lease.metadata.resourceVersion !==
      lease.metadata.resourceVersion
    ) {
      this.observed = { lease, atMs: this.clock.monotonicMs() };
    }
    if (!this.isOurs(lease) && !this.isFree(lease)) {
      return false;
    }
    try {
      await this.save(
        this.isOurs(lease) ? this.renewal(lease) : this.takeover(lease),
        signal,
      );
      return true;
    } catch (error) {
      if (isConflict(error)) {
        return false;
      }
      throw error;
    }
  }

  private isOurs(lease: Lease): boolean {
    return lease.spec?.holderIdentity === this.options.identity;
  }

  /** Judged by how long *we* have seen it unchanged, because clocks of machines differ. */
  private isFree(lease: Lease): boolean {
    const durationMs = (lease.spec?.leaseDurationSeconds ?? 0) * 1000;
    const unchangedMs =
      this.clock.monotonicMs() - (this.observed?.atMs ?? Infinity);
    return !lease.spec?.holderIdentity || unchangedMs > durationMs;
  }

  private renewal(lease: Lease): Lease {
    return {
      ...lease,
      spec: { ...lease.spec, ...this.claim(), renewTime: this.now() },
    };
  }

  private takeover(lease: Lease): Lease {
    const transitions = (lease.spec?.leaseTransitions ?? 0) + 1;
    return {
      ...lease,
      spec: { ...this.firstClaim(), leaseTransitions: transitions },
    };
  }

  private claim() {
    return {
      holderIdentity: this.options.identity,
      leaseDurationSeconds: Math.ceil(this.leaseDurationMs / 1000),
    };
  }

  private firstClaim() {
    return {
      ...this.claim(),
      acquireTime: this.now(),
      renewTime: this.now(),
      leaseTransitions: 0,
    };
  }

  /** Leases have microseconds. */
  private now(): string {
    return new Date(this.clock.wallMs()).toISOString().replace('Z', '000Z');
  }

  private async read(signal: AbortSignal): Promise<Lease | undefined> {
    try {
      return await this.options.client.get<Lease>(LEASES, this.options.lease, {
        signal,
      });
    } catch (error) {
      if (isNotFound(error)) {
        return undefined;
      }
      throw error;
    }
  }

  private async create(signal: AbortSignal): Promise<boolean> {
    const lease: Lease = {
      apiVersion: LEASES.apiVersion,
      kind: LEASES.kind,
      metadata: { ...this.options.lease },
      spec: this.firstClaim(),
    };
    try {
      const saved = await this.options.client.create(LEASES, lease, { signal });
      this.observed = { lease: saved, atMs: this.clock.monotonicMs() };
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) {
        return false;
      }
      throw error;
    }
  }

  private async save(lease: Lease, signal: AbortSignal): Promise<void> {
    const saved = await this.options.client.update(LEASES, lease, { signal });
    this.observed = { lease: saved, atMs: this.clock.monotonicMs() };
  }

  private lose(reason: string): void {
    this.logger.error(`${this.name} is lost: ${reason}`);
    this.endTerm();
  }

  private endTerm(): void {
    const term = this.term;
    this.term = undefined;
    this.renewed = undefined;
    term?.abort(new NotLeaderError(this.options.lease));
  }
}
