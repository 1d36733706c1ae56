import { ApiFailure, StoredObject } from '../../types';
import { ContainerLog, LogOptions } from '../podLogs';
import { PodRun } from './podRun';

/**
 * The log of a container, or the kubelet's refusal while it has none (`pkg/kubelet/kubelet_pods.go` validateContainerLogStatus).
 */
export function containerLog(
  pod: StoredObject,
  run: PodRun | undefined,
  options: LogOptions,
): ContainerLog {
  const name = options.container;
  const container = [
    ...(run?.initContainers ?? []),
    ...(run?.containers ?? []),
  ].find(({ spec }) => spec.name === name);
  const log = options.previous ? container?.previousLog : container?.log;
  if (log) return log.read(options);
  const podName = pod.metadata.name;
  if (options.previous) {
    throw badRequest(
      `previous terminated container "${name}" in pod "${podName}" not found`,
    );
  }
  if (!pod.spec.nodeName) return { lines: [] };
  const state = container?.state;
  const why =
    state?.is === 'waiting'
      ? waitingFor(state.reason)
      : 'waiting to start: ContainerCreating';
  throw badRequest(`container "${name}" in pod "${podName}" is ${why}`);
}

function waitingFor(reason: string): string {
  const trying = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName'];
  if (trying.includes(reason)) {
    const detail =
      reason === 'ErrImagePull'
        ? "image can't be pulled"
        : 'trying and failing to pull image';
    return `waiting to start: ${detail}`;
  }
  return `waiting to start: ${reason}`;
}

function badRequest(message: string): ApiFailure {
  return new ApiFailure(400, 'BadRequest', message);
}
