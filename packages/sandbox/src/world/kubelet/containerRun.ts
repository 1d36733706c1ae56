import { ContainerSpec, ProgramHandle } from '../programs/program';
import { LogBuffer } from './logBuffer';

/** How a container ended. */
export interface Termination {
  exitCode: number;
  reason: 'Completed' | 'Error';
  message?: string;
  startedAtMs: number;
  finishedAtMs: number;
  containerId: string;
}

/** Where a container is in its life. */
export type ContainerState =
  | { is: 'waiting'; reason: string; message?: string }
  | { is: 'running'; startedAtMs: number }
  | { is: 'terminated'; end: Termination };

/** Main containers run together, init containers one after another, sidecars are init containers that stay. */
export type ContainerRole = 'init' | 'sidecar' | 'main';

/** One container of a pod on its node. */
export class ContainerRun {
  readonly spec: ContainerSpec;
  readonly role: ContainerRole;
  state: ContainerState;
  lastEnd?: Termination;
  restartCount = 0;
  ready = false;
  started = false;
  containerId?: string;
  /** The probes would succeed. */
  answers = false;
  /** When the image is there, or the next attempt is due. Milliseconds since the epoch. */
  pullDueMs?: number;
  /** Attempts to pull the image that failed. */
  failedPulls = 0;
  pullProblem?: string;
  /** Until when the error is shown; then that the kubelet waits. */
  showPullErrorUntilMs = 0;
  imageReady = false;
  /** Ends in a row, for the pauses between restarts. */
  crashes = 0;
  /** When it may be started again. */
  restartDueMs?: number;
  log?: LogBuffer;
  previousLog?: LogBuffer;
  handle?: ProgramHandle;
  probeReported = false;
  readonly timers = new Set<() => void>();

  constructor(spec: ContainerSpec, role: ContainerRole, waitingFor: string) {
    this.spec = spec;
    this.role = role;
    this.state = { is: 'waiting', reason: waitingFor };
  }

  /** Ends the program and everything that it has started. */
  stopProgram(): void {
    for (const cancel of this.timers) cancel();
    this.timers.clear();
    this.handle?.stop?.();
    this.handle = undefined;
    this.log?.end();
    this.ready = false;
    this.started = false;
    this.answers = false;
  }
}
