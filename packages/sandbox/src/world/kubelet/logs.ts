import { ApiFailure, StoredObject } from '../../types';
import { ContainerLog, LogOptions } from '../podLogs';
import { ContainerSpec } from '../programs/program';
import { PodRun } from './podRun';

/**
 * The log of a container, or the refusal of the real server: which container is meant (`pkg/registry/core/pod/strategy.go` LogLocation)
 * and whether it has a log yet (`pkg/kubelet/kubelet_pods.go` validateContainerLogStatus).
 */
export function containerLog(
  pod: StoredObject,
  run: PodRun | undefined,
  options: LogOptions,
): ContainerLog {
  const name = chooseContainer(pod, options.container);
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

function chooseContainer(
  pod: StoredObject,
  wanted: string | undefined,
): string {
  const containers: ContainerSpec[] = pod.spec.containers;
  const initContainers: ContainerSpec[] = pod.spec.initContainers ?? [];
  const podName = pod.metadata.name;
  const names = (list: ContainerSpec[]) =>
    list.map(({ name }) => name).join(' ');
  if (wanted) {
    if ([...containers, ...initContainers].some(({ name }) => name === wanted))
      return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${podName}`);
  }
  if (containers.length === 1) return containers[0].name;
  const choose = `choose one of: [${names(containers)}]`;
  const also =
    initContainers.length > 0
      ? ` or one of the init containers: [${names(initContainers)}]`
      : '';
  throw badRequest(
    `a container name must be specified for pod ${podName}, ${choose}${also}`,
  );
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
