import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
} from 'prom-client';
import { ApiCall } from './httpKubeClient';

const SECONDS = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** How finely the lag of the event loop is measured: each look is a timer, and the default of 10 ms was most of what a quiet process did. */
const EVENT_LOOP_PRECISION_MS = 100;

/** How a reconcile ended. */
export type ReconcileResult = 'success' | 'requeue' | 'error';

/** The runtime's metrics, in the text format of Prometheus. */
export class ControllerMetrics {
  /** Add your own metrics here. */
  readonly registry = new Registry();

  private readonly queueDepth = new Gauge({
    name: 'slipway_workqueue_depth',
    help: 'Keys that wait for a worker.',
    labelNames: ['controller'],
    registers: [this.registry],
    collect: () =>
      this.depths.forEach((depth, name) =>
        this.queueDepth.set({ controller: name }, depth()),
      ),
  });
  private readonly queueLatency = new Histogram({
    name: 'slipway_workqueue_latency_seconds',
    help: 'How long a key waited for a worker.',
    labelNames: ['controller'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly reconciles = new Counter({
    name: 'slipway_reconciles_total',
    help: 'Reconciles by how they ended.',
    labelNames: ['controller', 'result'],
    registers: [this.registry],
  });
  private readonly reconcileDuration = new Histogram({
    name: 'slipway_reconcile_duration_seconds',
    help: 'How long a reconcile took.',
    labelNames: ['controller'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly retries = new Counter({
    name: 'slipway_workqueue_retries_total',
    help: 'Keys that were put back after a failure.',
    labelNames: ['controller'],
    registers: [this.registry],
  });
  private readonly apiCalls = new Counter({
    name: 'slipway_api_calls_total',
    help: 'Calls to the API server by verb, resource and HTTP status; 0 when no answer came.',
    labelNames: ['verb', 'resource', 'code'],
    registers: [this.registry],
  });
  private readonly apiDuration = new Histogram({
    name: 'slipway_api_call_duration_seconds',
    help: 'How long calls to the API server took, watches apart.',
    labelNames: ['verb'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly watchRestarts = new Counter({
    name: 'slipway_watch_restarts_total',
    help: 'Watches that were opened again, by resource and reason.',
    labelNames: ['resource', 'reason'],
    registers: [this.registry],
  });
  private readonly leader = new Gauge({
    name: 'slipway_leader',
    help: '1 while this process may write.',
    registers: [this.registry],
  });
  private readonly depths = new Map<string, () => number>();

  /** @param processMetrics - also collect memory, CPU and event loop of this process, for hosts that do not do so themselves */
  constructor({ processMetrics = false } = {}) {
    if (processMetrics) {
      collectDefaultMetrics({
        register: this.registry,
        eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS,
      });
    }
  }

  /** For the hook `onCall` of the client. */
  readonly onCall = ({ verb, resource, code, seconds }: ApiCall): void => {
    this.apiCalls.inc({ verb, resource, code: String(code) });
    if (verb !== 'watch') {
      this.apiDuration.observe({ verb }, seconds);
    }
  };

  /** Reads the depth of a controller's queue whenever metrics are collected. */
  watchQueue(controller: string, depth: () => number): void {
    this.depths.set(controller, depth);
  }

  queueWait(controller: string, seconds: number): void {
    this.queueLatency.observe({ controller }, seconds);
  }

  reconciled(
    controller: string,
    result: ReconcileResult,
    seconds: number,
  ): void {
    this.reconciles.inc({ controller, result });
    this.reconcileDuration.observe({ controller }, seconds);
    if (result === 'error') {
      this.retries.inc({ controller });
    }
  }

  watchRestarted(resource: string, reason: string): void {
    this.watchRestarts.inc({ resource, reason });
  }

  leading(leader: boolean): void {
    this.leader.set(leader ? 1 : 0);
  }
}
