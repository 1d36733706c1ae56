import { KubeObject } from '@slipway/controller';
import { numberAt, textAt } from './json';
import { ANNOTATIONS, LABELS } from './names';
import { Observed } from './observed';
import { conditionOf, isOver, isReady } from './podState';
import { Weights } from './weights';

/** The tries of these weights on this very claim, oldest first. */
export function attemptsOf(
  weights: Weights,
  claim: KubeObject,
  jobs: KubeObject[],
): KubeObject[] {
  return jobs
    .filter(
      job =>
        job.metadata.labels?.[LABELS.weights] === weights.hash &&
        job.metadata.annotations?.[ANNOTATIONS.inputs]?.startsWith(
          `${claim.metadata.uid ?? ''}/`,
        ) === true &&
        job.metadata.deletionTimestamp === undefined,
    )
    .sort((a, b) => attemptOf(a) - attemptOf(b));
}

/** Which try a Job is, from 1 on. */
export function attemptOf(job: KubeObject): number {
  return Number(job.metadata.annotations?.[ANNOTATIONS.attempt] ?? 1);
}

/** The pods that a Job made. */
export function podsOf(job: KubeObject, pods: KubeObject[]): KubeObject[] {
  return pods.filter(pod =>
    pod.metadata.ownerReferences?.some(owner => owner.uid === job.metadata.uid),
  );
}

function isRunning(job: KubeObject, observed: Observed): boolean {
  return podsOf(job, observed.pods).some(
    pod => textAt(pod, 'status', 'phase') === 'Running',
  );
}

function isFinished(job: KubeObject): boolean {
  return (
    conditionOf(job, 'Complete') !== undefined ||
    conditionOf(job, 'Failed') !== undefined
  );
}

/** Whether something that a try depends on is known to have changed since. */
export function inputsChanged(job: KubeObject, inputs: string): boolean {
  const then = job.metadata.annotations?.[ANNOTATIONS.inputs]?.split('/') ?? [];
  return inputs
    .split('/')
    .some(
      (part, index) =>
        part !== '' && Boolean(then[index]) && part !== then[index],
    );
}

/** The node whose servers have the claim mounted. */
export function nodeOfServers({ pods }: Observed): string | undefined {
  const server = pods.find(pod => isServer(pod) && isReady(pod));
  return textAt(server, 'spec', 'nodeName');
}

/** A Job that is tied to a node which the servers have left, before it could run there: the claim went with them, or is free. */
export function isStranded(job: KubeObject, observed: Observed): boolean {
  const tied = job.metadata.annotations?.[ANNOTATIONS.node];
  return (
    tied !== undefined &&
    haveServersLeft(tied, observed) &&
    !isRunning(job, observed) &&
    !isFinished(job)
  );
}

/** Servers are ready elsewhere; or there are none, and none is about to come: they find no room, or nobody wants any. */
function haveServersLeft(node: string, observed: Observed): boolean {
  const elsewhere = nodeOfServers(observed);
  if (elsewhere !== undefined) {
    return elsewhere !== node;
  }
  const servers = observed.pods.filter(pod => isServer(pod) && !isOver(pod));
  return servers.length > 0
    ? servers.every(isUnschedulable)
    : (numberAt(observed.deployment, 'spec', 'replicas') ?? 0) === 0;
}

function isServer(pod: KubeObject): boolean {
  return pod.metadata.labels?.[LABELS.name] === 'llmmodel';
}

function isUnschedulable(pod: KubeObject): boolean {
  return (
    textAt(conditionOf(pod, 'PodScheduled', 'False'), 'reason') ===
    'Unschedulable'
  );
}

/** A try that does not run, and never will as it is: it is tied to another node, or made from a spec of before. */
export function isStuck(
  job: KubeObject,
  inputs: string,
  observed: Observed,
): boolean {
  const then = job.metadata.annotations?.[ANNOTATIONS.inputs]?.split('/')[3];
  const outdated = Boolean(then) && then !== inputs.split('/')[3];
  return isStranded(job, observed) || (outdated && !isRunning(job, observed));
}

/** Whether labels are those of a clean-up that would remove these weights. */
export function isForeignCleanup(
  labels: Record<string, string> | undefined,
  hash: string,
): boolean {
  const weights = labels?.[LABELS.weights] ?? '';
  return weights.startsWith('cleanup-') && weights !== `cleanup-${hash}`;
}
