import { randomBytes } from 'node:crypto';
import { Clock, pause, systemClock } from './clock';
import { timestamp } from './conditions';
import { isNotFound } from './errors';
import { Logger, messageOf, silentLogger } from './logger';
import { remember } from './remember';
import { EVENTS, keyOf } from './resources';
import { KubeClient, KubeObject } from './types';

/** What happened to an object, for people who `kubectl describe` it. */
export interface EventNote {
  type: 'Normal' | 'Warning';
  /** CamelCase, short. */
  reason: string;
  /** A sentence; cut at 1,024 bytes, the API's limit. */
  message: string;
}

/** What an {@link EventRecorder} writes with. */
export interface EventRecorderOptions {
  client: KubeClient;
  /** Shown as the source, e.g. `slipway-operator`. */
  component: string;
  clock?: Clock;
  logger?: Logger;
}

interface Series {
  name: string;
  count: number;
  lastMs: number;
}

/** The same note within this time raises the count of the first one instead of making another. */
const SAME_SERIES_MS = 600_000;
/** Per object: this many notes at once, then one per refill interval (client-go's spam filter). */
const BURST = 25;
const REFILL_MS = 300_000;
/** The count of a series is written at most this often. */
const COUNT_INTERVAL_MS = 10_000;
/** Objects and series remembered at once. */
const MAX_REMEMBERED = 8192;
const MAX_WAITING = 4096;

/**
 * Writes Kubernetes Events: repeated ones are counted, floods are cut off, and writing happens behind the caller's back, one at a time, so
 * that it never holds up a reconcile. Events are best effort: one that can't be written is logged and dropped.
 */
export class EventRecorder {
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly series = new Map<string, Series>();
  private readonly tokens = new Map<string, { left: number; atMs: number }>();
  private readonly waiting: (() => Promise<void>)[] = [];
  private writing: Promise<void> | undefined;
  private readonly closing = new AbortController();

  constructor(private readonly options: EventRecorderOptions) {
    this.clock = options.clock ?? systemClock;
    this.logger = options.logger ?? silentLogger;
  }

  /** Notes something about an object; returns at once. */
  record(about: KubeObject, note: EventNote): void {
    const uid = about.metadata.uid ?? '';
    const identity = [uid, note.type, note.reason, note.message].join('\n');
    const nowMs = this.clock.monotonicMs();
    const known = this.series.get(identity);
    if (known && nowMs - known.lastMs < SAME_SERIES_MS) {
      known.count += 1;
      if (nowMs - known.lastMs >= COUNT_INTERVAL_MS) {
        known.lastMs = nowMs;
        this.enqueue(() => this.writeCount(about, note, known));
      }
      return;
    }
    if (!this.takeToken(uid, nowMs)) {
      return;
    }
    const name = `${about.metadata.name.slice(0, 200)}.${randomBytes(
      8,
    ).toString('hex')}`;
    const series: Series = { name, count: 1, lastMs: nowMs };
    remember(this.series, identity, series, MAX_REMEMBERED);
    this.enqueue(() => this.create(about, note, series));
  }

  /** Resolves when nothing is left to write, what is noted meanwhile included. */
  async flush(): Promise<void> {
    await this.writing;
  }

  /** Writes what has been noted, but not for longer than `limitMs`; what is left then, and noted later, is dropped. */
  async close(limitMs: number): Promise<void> {
    const done = new AbortController();
    await Promise.race([this.flush(), pause(this.clock, limitMs, done.signal)]);
    done.abort();
    this.waiting.length = 0;
    this.closing.abort();
  }

  private enqueue(write: () => Promise<void>): void {
    if (this.closing.signal.aborted) {
      return;
    }
    if (this.waiting.length >= MAX_WAITING) {
      this.waiting.shift();
    }
    this.waiting.push(write);
    this.writing ??= this.drain();
  }

  private async drain(): Promise<void> {
    for (
      let write = this.waiting.shift();
      write;
      write = this.waiting.shift()
    ) {
      try {
        await write();
      } catch (error) {
        this.logger.debug(`an event was lost: ${messageOf(error)}`);
      }
    }
    this.writing = undefined;
  }

  private takeToken(uid: string, nowMs: number): boolean {
    const bucket = this.tokens.get(uid) ?? { left: BURST, atMs: nowMs };
    const refilled = Math.floor((nowMs - bucket.atMs) / REFILL_MS);
    const left = Math.min(BURST, bucket.left + refilled);
    const atMs = left === BURST ? nowMs : bucket.atMs + refilled * REFILL_MS;
    const rest = { left: Math.max(left - 1, 0), atMs };
    remember(this.tokens, uid, rest, MAX_REMEMBERED);
    return left > 0;
  }

  private async create(
    about: KubeObject,
    note: EventNote,
    { name, count }: Series,
  ): Promise<void> {
    const { uid, resourceVersion } = about.metadata;
    const now = timestamp(new Date(this.clock.wallMs()));
    const event: KubeObject = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: namespaceOf(about) },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        ...keyOf(about),
        uid,
        resourceVersion,
      },
      type: note.type,
      reason: note.reason,
      message: cut(note.message),
      source: { component: this.options.component },
      reportingComponent: this.options.component,
      firstTimestamp: now,
      lastTimestamp: now,
      count,
    };
    const { signal } = this.closing;
    await this.options.client.create(EVENTS, event, { signal });
  }

  private async writeCount(
    about: KubeObject,
    note: EventNote,
    series: Series,
  ): Promise<void> {
    const { count, name } = series;
    const key = { namespace: namespaceOf(about), name };
    const lastTimestamp = timestamp(new Date(this.clock.wallMs()));
    try {
      await this.options.client.mergePatch(
        EVENTS,
        key,
        { count, lastTimestamp },
        { signal: this.closing.signal },
      );
    } catch (error) {
      if (!isNotFound(error)) {
        throw error;
      }
      // Events expire after an hour.
      await this.create(about, note, series);
    }
  }
}

/** Events about cluster-scoped objects live in `default`. */
function namespaceOf(about: KubeObject): string {
  return about.metadata.namespace ?? 'default';
}

function cut(message: string): string {
  const bytes = Buffer.from(message);
  return bytes.length <= 1024
    ? message
    : `${bytes.subarray(0, 1000).toString('utf8')}…`;
}
