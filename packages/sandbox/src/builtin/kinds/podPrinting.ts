import { isObject, listAt, objectAt, stringAt } from '../../api/json';
import { JsonObject } from '../../api/seams';
import { StoredObject } from '../../types';
import { numberAt, since } from '../printing';

/*
 * The cells of a pod as `printPod` of the real server makes them.
 */

function statuses(pod: StoredObject, field: string): JsonObject[] {
  return listAt(pod, 'status', field).filter(isObject);
}

/** Init containers that run beside the others. */
function sidecars(pod: StoredObject): Set<unknown> {
  return new Set(
    listAt(pod, 'spec', 'initContainers')
      .filter(container => stringAt(container, 'restartPolicy') === 'Always')
      .map(container => stringAt(container, 'name')),
  );
}

/** `1/2`: containers that are ready, of all. */
export function readyContainers(pod: StoredObject): string {
  const beside = sidecars(pod);
  const counted = [
    ...statuses(pod, 'containerStatuses'),
    ...statuses(pod, 'initContainerStatuses').filter(s => beside.has(s.name)),
  ];
  const total = listAt(pod, 'spec', 'containers').length + beside.size;
  const ready = counted.filter(status => status.ready === true).length;
  return `${ready}/${total}`;
}

/** Restarts of all containers, with the time of the last one. While init containers run only theirs count. */
export function restarts(pod: StoredObject, nowMs: number): string {
  const running = statuses(pod, 'containerStatuses');
  const initialising = initReason(pod) !== undefined;
  const counted = initialising
    ? statuses(pod, 'initContainerStatuses')
    : running;
  const count = counted.reduce(
    (sum, status) => sum + numberAt(status, 'restartCount'),
    0,
  );
  const ends = counted
    .map(status => stringAt(status, 'lastState', 'terminated', 'finishedAt'))
    .filter(time => time !== undefined)
    .sort();
  const last = ends[ends.length - 1];
  return count > 0 && last !== undefined
    ? `${count} (${since(last, nowMs)} ago)`
    : String(count);
}

/** What `kubectl get pods` calls the status: the most telling reason, else the phase. */
export function podReason(pod: StoredObject): string {
  const phase =
    stringAt(pod, 'status', 'reason') ||
    stringAt(pod, 'status', 'phase') ||
    'Unknown';
  const reason = gated(pod) ?? initReason(pod) ?? containerReason(pod, phase);
  if (pod.metadata.deletionTimestamp === undefined) {
    return reason;
  }
  return stringAt(pod, 'status', 'reason') === 'NodeLost'
    ? 'Unknown'
    : 'Terminating';
}

function gated(pod: StoredObject): string | undefined {
  const condition = listAt(pod, 'status', 'conditions').find(
    item =>
      stringAt(item, 'type') === 'PodScheduled' &&
      stringAt(item, 'reason') === 'SchedulingGated',
  );
  return condition === undefined ? undefined : 'SchedulingGated';
}

function initReason(pod: StoredObject): string | undefined {
  const total = listAt(pod, 'spec', 'initContainers').length;
  const beside = sidecars(pod);
  for (const [index, status] of statuses(
    pod,
    'initContainerStatuses',
  ).entries()) {
    const state = objectAt(status, 'state');
    const terminated = isObject(state.terminated)
      ? state.terminated
      : undefined;
    const done = terminated?.exitCode === 0;
    const up = beside.has(status.name) && status.started === true;
    if (!done && !up) {
      const waiting = stringAt(state, 'waiting', 'reason');
      if (terminated !== undefined) {
        return `Init:${exitReason(terminated)}`;
      }
      return waiting && waiting !== 'PodInitializing'
        ? `Init:${waiting}`
        : `Init:${index}/${total}`;
    }
  }
  return undefined;
}

function exitReason(terminated: JsonObject): string {
  if (terminated.reason) {
    return String(terminated.reason);
  }
  return terminated.signal
    ? `Signal:${terminated.signal}`
    : `ExitCode:${terminated.exitCode}`;
}

function containerReason(pod: StoredObject, phase: string): string {
  let reason = phase;
  let running = false;
  for (const status of statuses(pod, 'containerStatuses').reverse()) {
    const state = objectAt(status, 'state');
    const waiting = stringAt(state, 'waiting', 'reason');
    if (waiting) {
      reason = waiting;
    } else if (isObject(state.terminated)) {
      reason = exitReason(state.terminated);
    } else if (status.ready === true && isObject(state.running)) {
      running = true;
    }
  }
  if (reason === 'Completed' && running) {
    const ready = listAt(pod, 'status', 'conditions').some(
      item =>
        stringAt(item, 'type') === 'Ready' &&
        stringAt(item, 'status') === 'True',
    );
    return ready ? 'Running' : 'NotReady';
  }
  return reason;
}
