import { KubeObject } from '@slipway/controller';
import { pending, Reason, sentence, Stage } from './conditions';
import { at, booleanAt, isRecord, listAt, numberAt, textAt } from './json';

const PULL_REASONS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
  'ImageInspectError',
]);
const CONFIG_REASONS = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'StartError',
]);

/** A condition of an object, if it has it with this status. */
export function conditionOf(
  object: KubeObject,
  type: string,
  status = 'True',
): Record<string, unknown> | undefined {
  return listAt(object, 'status', 'conditions')
    .filter(isRecord)
    .find(condition => condition.type === type && condition.status === status);
}

/** Whether a pod takes requests. */
export function isReady(pod: KubeObject): boolean {
  return (
    pod.metadata.deletionTimestamp === undefined &&
    conditionOf(pod, 'Ready') !== undefined
  );
}

/** Whether a pod has ended, well or badly. */
export function isOver(pod: KubeObject): boolean {
  const phase = textAt(pod, 'status', 'phase');
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Statuses of a pod's containers, init containers first. */
export function containerStatuses(pod: KubeObject): Record<string, unknown>[] {
  return [
    ...listAt(pod, 'status', 'initContainerStatuses'),
    ...listAt(pod, 'status', 'containerStatuses'),
  ].filter(isRecord);
}

/** Why a pod does not get on, or nothing if it does. */
export function podTrouble(pod: KubeObject): Stage | undefined {
  const name = pod.metadata.name;
  const unscheduled = conditionOf(pod, 'PodScheduled', 'False');
  if (unscheduled && textAt(unscheduled, 'reason') === 'Unschedulable') {
    const message = textAt(unscheduled, 'message') ?? 'no node fits';
    return pending(
      claimTrouble(message) ?? 'Unschedulable',
      `No node takes pod ${name}: ${sentence(
        message,
      )} It starts by itself as soon as one does; free GPUs, add a node, or ask for less.`,
    );
  }
  for (const status of containerStatuses(pod)) {
    const trouble = containerTrouble(name, status) ?? probeTrouble(pod, status);
    if (trouble) {
      return trouble;
    }
  }
  return undefined;
}

/** The scheduler's word that the volume is what is missing. */
function claimTrouble(message: string): Reason | undefined {
  return /persistentvolumeclaim|volume/i.test(message) &&
    !/Insufficient/.test(message)
    ? 'ClaimPending'
    : undefined;
}

function containerTrouble(
  pod: string,
  status: Record<string, unknown>,
): Stage | undefined {
  const container = textAt(status, 'name') ?? '';
  const waiting = textAt(status, 'state', 'waiting', 'reason');
  const message = textAt(status, 'state', 'waiting', 'message') ?? '';
  if (waiting && PULL_REASONS.has(waiting)) {
    const said = message ? `: ${sentence(message)}` : '.';
    return pending(
      'ImagePullFailed',
      `The image ${
        textAt(status, 'image') ?? ''
      } of container ${container} in pod ${pod} can not be pulled (${waiting})${said} Correct the image's name, or give the namespace's ServiceAccount a pull secret.`,
    );
  }
  if (waiting && CONFIG_REASONS.has(waiting)) {
    const secret =
      /secret "([^"]+)" not found|secret .* not found|couldn't find key/i.test(
        message,
      );
    return pending(
      secret ? 'SecretNotFound' : 'ContainerConfigInvalid',
      `Container ${container} of pod ${pod} can not be made (${waiting}): ${sentence(
        message || 'no message',
      )} ${
        secret ? 'Create the Secret with that key' : 'Correct the spec'
      }; it then starts by itself.`,
    );
  }
  const restarts = numberAt(status, 'restartCount') ?? 0;
  const died =
    at(status, 'lastState', 'terminated') ?? at(status, 'state', 'terminated');
  if (
    (waiting === 'CrashLoopBackOff' || restarts > 0) &&
    booleanAt(status, 'ready') !== true &&
    isRecord(died)
  ) {
    return pending(
      'CrashLooping',
      crashMessage(pod, container, restarts, died),
    );
  }
  return undefined;
}

/** A container that was ready since it started, and no longer is. One that never was is still starting. */
function probeTrouble(
  pod: KubeObject,
  status: Record<string, unknown>,
): Stage | undefined {
  const startedAt = textAt(status, 'state', 'running', 'startedAt');
  const unready = conditionOf(pod, 'Ready', 'False');
  const since = unready && textAt(unready, 'lastTransitionTime');
  if (
    booleanAt(status, 'ready') !== false ||
    !startedAt ||
    !since ||
    Date.parse(since) <= Date.parse(startedAt)
  ) {
    return undefined;
  }
  const { name } = pod.metadata;
  const container = textAt(status, 'name') ?? '';
  return pending(
    'ProbeFailing',
    `Container ${container} of pod ${name} runs but its readiness probe fails: see kubectl logs ${name} -c ${container}.`,
  );
}

function crashMessage(
  pod: string,
  container: string,
  restarts: number,
  died: Record<string, unknown>,
): string {
  const why = textAt(died, 'reason') ?? 'Error';
  const said = textAt(died, 'message');
  const hint =
    why === 'OOMKilled'
      ? 'Raise spec.resources.limits.memory'
      : `See kubectl logs ${pod} -c ${container} --previous, and correct the spec`;
  return (
    `Container ${container} of pod ${pod} has ended ${
      restarts + (restarts === 0 ? 1 : 0)
    } times, last with exit code ` +
    `${numberAt(died, 'exitCode') ?? '?'} (${why})${
      said ? `: ${sentence(said.slice(0, 500))}` : '.'
    } ${hint}.`
  );
}

/** What a container left when it ended. */
export function terminationMessage(
  pod: KubeObject,
  container: string,
): string | undefined {
  const status = containerStatuses(pod).find(
    candidate => candidate.name === container,
  );
  return (
    textAt(status, 'state', 'terminated', 'message') ??
    textAt(status, 'lastState', 'terminated', 'message')
  );
}
