import { StoredObject } from '../../types';
import { Condition, findCondition, withCondition } from '../conditions';
import { timestamp } from '../kinds';
import { ContainerRun, ContainerState, Termination } from './containerRun';
import { imageId } from './images';

/** What the kubelet knows about a pod. */
export interface PodFacts {
  containers: readonly ContainerRun[];
  initContainers: readonly ContainerRun[];
  podIp?: string;
  hostIp: string;
  startTimeMs: number;
  restartPolicy: string;
  /** Being deleted, with all containers ended. */
  stopped: boolean;
}

/** The phase of a pod (`pkg/kubelet/kubelet_pods.go` getPhase). */
export function phaseOf(
  facts: PodFacts,
): 'Pending' | 'Running' | 'Succeeded' | 'Failed' {
  const { containers, initContainers, restartPolicy, stopped } = facts;
  const ends = containers.map(({ state }) =>
    state.is === 'terminated' ? state.end : undefined,
  );
  if (stopped) {
    const clean = ends.every(end => end?.exitCode === 0);
    return clean ? 'Succeeded' : 'Failed';
  }
  const failedInit = initContainers.some(
    ({ role, state }) =>
      role === 'init' && state.is === 'terminated' && state.end.exitCode !== 0,
  );
  if (failedInit && restartPolicy === 'Never') return 'Failed';
  if (!initialized(initContainers)) return 'Pending';
  if (ends.every(end => end !== undefined) && restartPolicy !== 'Always') {
    const failed = ends.some(end => end?.exitCode !== 0);
    if (!failed) return 'Succeeded';
    if (restartPolicy === 'Never') return 'Failed';
  }
  const started = containers.every(
    run => run.state.is !== 'waiting' || run.restartCount > 0 || run.lastEnd,
  );
  return started ? 'Running' : 'Pending';
}

/** Whether every init container has done its work and every sidecar has started. */
export function initialized(initContainers: readonly ContainerRun[]): boolean {
  return initContainers.every(({ role, state, started }) =>
    role === 'sidecar'
      ? started
      : state.is === 'terminated' && state.end.exitCode === 0,
  );
}

/** The status of a pod as its kubelet writes it. `draft` is the pod as it is stored; conditions of others stay. */
export function podStatus(
  draft: StoredObject,
  facts: PodFacts,
  nowMs: number,
): Record<string, unknown> {
  const { podIp, hostIp, startTimeMs, containers, initContainers } = facts;
  const phase = phaseOf(facts);
  const generation = draft.metadata.generation;
  let conditions: Condition[] = draft.status?.conditions ?? [];
  for (const condition of conditionsOf(facts, phase)) {
    const old = findCondition(conditions, condition.type);
    if (
      old &&
      old.status === condition.status &&
      old.reason === condition.reason &&
      old.message === condition.message
    )
      continue;
    const entry = {
      ...condition,
      lastProbeTime: null,
      ...(generation !== undefined && { observedGeneration: generation }),
    };
    conditions = withCondition(conditions, entry, timestamp(nowMs));
  }
  return {
    ...draft.status,
    ...(generation !== undefined && { observedGeneration: generation }),
    phase,
    conditions,
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(podIp && { podIP: podIp, podIPs: [{ ip: podIp }] }),
    startTime: timestamp(startTimeMs),
    ...(initContainers.length > 0 && {
      initContainerStatuses: initContainers.map(containerStatus),
    }),
    containerStatuses: containers.map(containerStatus),
  };
}

function conditionsOf(facts: PodFacts, phase: string): Condition[] {
  const { containers, initContainers, podIp, stopped } = facts;
  const undone = initContainers
    .filter(run => !initialized([run]))
    .map(({ spec }) => spec.name);
  const unready = containers
    .filter(run => !run.ready)
    .map(({ spec }) => spec.name);
  const readiness = readinessOf(phase, unready);
  const yes = (type: string): Condition => ({ type, status: 'True' });
  return [
    podIp && !stopped && phase !== 'Succeeded' && phase !== 'Failed'
      ? yes('PodReadyToStartContainers')
      : { type: 'PodReadyToStartContainers', status: 'False' },
    initializedCondition(undone, phase),
    { type: 'Ready', ...readiness },
    { type: 'ContainersReady', ...readiness },
    yes('PodScheduled'),
  ];
}

function initializedCondition(
  undone: readonly string[],
  phase: string,
): Condition {
  if (undone.length === 0) {
    return {
      type: 'Initialized',
      status: 'True',
      ...(phase === 'Succeeded' && { reason: 'PodCompleted' }),
    };
  }
  return {
    type: 'Initialized',
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${undone.join(' ')}]`,
  };
}

function readinessOf(
  phase: string,
  unready: readonly string[],
): Omit<Condition, 'type'> {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  if (unready.length === 0) return { status: 'True' };
  return {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  };
}

function containerStatus(run: ContainerRun): Record<string, unknown> {
  const { spec, state, lastEnd, containerId } = run;
  const ended = state.is === 'terminated';
  return {
    name: spec.name,
    state: stateOf(state),
    lastState: lastEnd ? { terminated: terminated(lastEnd) } : {},
    ready: run.role === 'init' ? ended && state.end.exitCode === 0 : run.ready,
    restartCount: run.restartCount,
    image: spec.image,
    imageID: run.imageReady && containerId ? imageId(spec.image) : '',
    ...(containerId && { containerID: containerId }),
    started: state.is === 'running' && run.started,
  };
}

function stateOf(state: ContainerState): Record<string, unknown> {
  switch (state.is) {
    case 'waiting':
      return {
        waiting: {
          reason: state.reason,
          ...(state.message && { message: state.message }),
        },
      };
    case 'running':
      return { running: { startedAt: timestamp(state.startedAtMs) } };
    default:
      return { terminated: terminated(state.end) };
  }
}

function terminated(end: Termination): Record<string, unknown> {
  return {
    exitCode: end.exitCode,
    reason: end.reason,
    ...(end.message && { message: end.message }),
    startedAt: timestamp(end.startedAtMs),
    finishedAt: timestamp(end.finishedAtMs),
    containerID: end.containerId,
  };
}
