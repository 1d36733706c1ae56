import type { KubeObject } from '@slipway/controller';
import { ModelPod } from '@slipway/plugin-llm-common';
import { DOWNLOADER_CONTAINER } from '../models/names';

interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: {
    waiting?: { reason?: string; message?: string };
    running?: { startedAt?: string };
    terminated?: { reason?: string; message?: string; exitCode?: number };
  };
}

/** The fields of a Pod that the portal reads. */
export interface PodView extends KubeObject {
  spec: {
    nodeName?: string;
    containers: {
      name: string;
      resources?: { limits?: Record<string, string | number> };
    }[];
    initContainers?: { name: string }[];
  };
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    conditions?: {
      type: string;
      status: string;
      reason?: string;
      message?: string;
    }[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}

/** What a pod does for its model, by its containers. */
export function roleOf(pod: PodView): ModelPod['role'] {
  const names = pod.spec.containers.map(container => container.name);
  if (names.includes(DOWNLOADER_CONTAINER) || names.includes('model-cleaner')) {
    return 'download';
  }
  return names.includes('epp') ? 'endpoint-picker' : 'server';
}

function waitingOrFailed(status: ContainerStatus): string | undefined {
  const { waiting, terminated } = status.state ?? {};
  if (waiting?.reason && waiting.reason !== 'PodInitializing') {
    return waiting.reason;
  }
  if (terminated && terminated.exitCode !== 0) {
    return terminated.reason ?? `ExitCode:${terminated.exitCode}`;
  }
  return undefined;
}

/**
 * What `kubectl get pods` shows as STATUS, for the states that a model's pods can be in.
 * Source: printPod in kubernetes/pkg/printers/internalversion/printers.go.
 */
export function podState(pod: PodView): string {
  if (pod.metadata.deletionTimestamp) {
    return 'Terminating';
  }
  const init = pod.status?.initContainerStatuses ?? [];
  const open = init.findIndex(
    status => status.state?.terminated?.exitCode !== 0,
  );
  if (open >= 0) {
    const reason = waitingOrFailed(init[open]);
    return `Init:${reason ?? `${open}/${init.length}`}`;
  }
  for (const status of pod.status?.containerStatuses ?? []) {
    const reason = waitingOrFailed(status);
    if (reason) {
      return reason;
    }
  }
  if (pod.status?.phase === 'Succeeded') {
    return 'Completed';
  }
  return pod.status?.reason ?? pod.status?.phase ?? 'Unknown';
}

/** The sentence of a termination message that our download script wrote as JSON; any other text as it is. */
function sentenceOf(text: string): string {
  try {
    const { message } = JSON.parse(text);
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}

function messageOf(pod: PodView): string | undefined {
  const unscheduled = pod.status?.conditions?.find(
    condition =>
      condition.type === 'PodScheduled' && condition.status === 'False',
  );
  if (unscheduled?.message) {
    return unscheduled.message;
  }
  const statuses = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ];
  for (const { state } of statuses) {
    const message = state?.waiting?.message ?? state?.terminated?.message;
    if (message && state?.terminated?.exitCode !== 0) {
      return sentenceOf(message);
    }
  }
  return pod.status?.message;
}

function countGpus(pod: PodView, gpuResource: string): number {
  return pod.spec.containers.reduce(
    (sum, { resources }) => sum + Number(resources?.limits?.[gpuResource] ?? 0),
    0,
  );
}

/** One row of the list of a model's pods; `gpuResource` is the extended resource that its GPUs are. */
export function toModelPod(pod: PodView, gpuResource: string): ModelPod {
  const statuses = pod.status?.containerStatuses ?? [];
  return {
    name: pod.metadata.name,
    role: roleOf(pod),
    state: podState(pod),
    message: messageOf(pod),
    ready:
      pod.status?.conditions?.some(
        condition => condition.type === 'Ready' && condition.status === 'True',
      ) ?? false,
    node: pod.spec.nodeName,
    gpus: countGpus(pod, gpuResource),
    restarts: statuses.reduce(
      (sum, status) => sum + (status.restartCount ?? 0),
      0,
    ),
    containers: [
      ...(pod.spec.initContainers ?? []),
      ...pod.spec.containers,
    ].map(container => container.name),
    createdAt: pod.metadata.creationTimestamp ?? '',
  };
}
