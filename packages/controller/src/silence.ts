import type { CacheOptions } from './cache';
import { Clock, systemClock } from './clock';

/**
 * For how long a cluster has given no sign of life, found out from the caches that follow it. Silence begins when a connection breaks and ends
 * when the server is heard again, however long a new connection takes to fail: against a server that drops packets or accepts and says nothing
 * that may be minutes.
 */
export class Silence {
  /** Since when a cache's connection has been broken, on the monotonic clock, by its kind. */
  private readonly sinceMs = new Map<string, number>();

  constructor(private readonly clock: Clock = systemClock) {}

  /** What the cache of a kind is to report. */
  hooks(
    plural: string,
  ): Required<Pick<CacheOptions, 'onHeard' | 'onWatchRestart'>> {
    return {
      onHeard: () => {
        this.sinceMs.delete(plural);
      },
      onWatchRestart: reason => {
        if (reason === 'broken' && !this.sinceMs.has(plural)) {
          this.sinceMs.set(plural, this.clock.monotonicMs());
        }
      },
    };
  }

  /** How long the cluster has been silent, in milliseconds; 0 while it is not. */
  get ms(): number {
    const now = this.clock.monotonicMs();
    return Math.max(
      0,
      ...[...this.sinceMs.values()].map(sinceMs => now - sinceMs),
    );
  }
}
