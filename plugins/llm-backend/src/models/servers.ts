import { KubeObject } from '@slipway/controller';
import { done, pending, sentence, Stage } from './conditions';
import { isRecord, numberAt, textAt } from './json';
import { LABELS, SERVER_CONTAINER } from './names';
import {
  conditionOf,
  containerStatuses,
  isOver,
  isReady,
  podTrouble,
} from './podState';

/** How a model's servers are doing. */
export interface ServerState {
  stage: Stage;
  ready: number;
  desired: number;
  /** All pods run what the Deployment says now, and nothing of before is left. */
  rolledOut: boolean;
}

/** Judges the servers by their Deployment and its pods; `wanted` is how many replicas the spec asks for. */
export function judgeServers(
  deployment: KubeObject | undefined,
  pods: KubeObject[],
  wanted: number,
): ServerState {
  if (!deployment) {
    return {
      stage: pending('Creating', 'The Deployment is being made.'),
      ready: 0,
      desired: wanted,
      rolledOut: false,
    };
  }
  const own = pods.filter(
    pod =>
      pod.metadata.labels?.[LABELS.name] ===
      deployment.metadata.labels?.[LABELS.name],
  );
  const desired = numberAt(deployment, 'spec', 'replicas') ?? 1;
  const ready = Math.min(
    own.filter(isReady).length,
    numberAt(deployment, 'status', 'readyReplicas') ?? 0,
  );
  const updated = numberAt(deployment, 'status', 'updatedReplicas') ?? 0;
  const current =
    (numberAt(deployment, 'status', 'observedGeneration') ?? 0) >=
    (deployment.metadata.generation ?? 0);
  const rolledOut =
    current &&
    updated === desired &&
    (numberAt(deployment, 'status', 'replicas') ?? 0) === desired &&
    ready >= desired;
  return {
    stage: stageOf({
      deployment,
      own,
      wanted,
      desired,
      ready,
      rolledOut,
      current,
    }),
    ready,
    desired,
    rolledOut,
  };
}

function stageOf(at: {
  deployment: KubeObject;
  own: KubeObject[];
  wanted: number;
  desired: number;
  ready: number;
  rolledOut: boolean;
  current: boolean;
}): Stage {
  const { deployment, own, wanted, desired, ready, rolledOut, current } = at;
  if (desired === 0) {
    return pending('ScaledToZero', scaledToZero(deployment, wanted));
  }
  if (ready >= desired && (rolledOut || ready > 0)) {
    return done('Available', `${ready} of ${desired} replicas ready.`);
  }
  const trouble = firstTrouble(own) ?? refusedPods(deployment);
  if (ready > 0) {
    const why = trouble ? ` ${trouble.message}` : ' The others are starting.';
    return pending(
      'ReplicasUnavailable',
      `${ready} of ${desired} replicas ready.${why}`,
    );
  }
  if (trouble) {
    return trouble;
  }
  if (!current || own.length === 0) {
    return pending('Creating', 'The pods are being made.');
  }
  const loading = own.some(pod =>
    containerStatuses(pod).some(
      status =>
        status.name !== SERVER_CONTAINER &&
        isRecord(status.state) &&
        'running' in status.state,
    ),
  );
  if (loading) {
    return pending(
      'LoadingWeights',
      'The pods fetch the weights into their own volumes.',
    );
  }
  return pending(
    'Starting',
    `0 of ${desired} replicas ready: the server loads the weights onto its devices.`,
  );
}

/** Why there are no servers, and how to have some: a number that somebody else set is left alone. */
function scaledToZero({ metadata }: KubeObject, wanted: number): string {
  const { namespace, name } = metadata;
  return wanted === 0
    ? 'The model is scaled to zero: set spec.serving.replicas to 1 or more to serve it.'
    : `The spec asks for ${wanted}, but somebody else, such as an autoscaler, has scaled the Deployment ${name} to zero. To serve the model: kubectl scale deployment/${name} --namespace ${namespace} --replicas=${wanted}`;
}

function firstTrouble(pods: KubeObject[]): Stage | undefined {
  for (const pod of pods) {
    const trouble =
      pod.metadata.deletionTimestamp === undefined &&
      !isOver(pod) &&
      !isReady(pod)
        ? podTrouble(pod)
        : undefined;
    if (trouble) {
      return trouble;
    }
  }
  return undefined;
}

/** The ReplicaSet could not make pods: quota, admission. */
function refusedPods(deployment: KubeObject): Stage | undefined {
  const failure = conditionOf(deployment, 'ReplicaFailure');
  if (!failure) {
    return undefined;
  }
  const message = textAt(failure, 'message') ?? 'no message';
  return /exceeded quota/.test(message)
    ? pending(
        'QuotaExceeded',
        `The namespace's quota does not allow the pods: ${sentence(
          message,
        )} Raise the quota, or ask for less.`,
      )
    : pending(
        'PodsRefused',
        `The cluster refuses the pods: ${sentence(
          message,
        )} Correct what it names.`,
      );
}

/** Judges the endpoint picker. */
export function judgePicker(
  deployment: KubeObject | undefined,
  pods: KubeObject[],
): ServerState {
  const state = judgeServers(deployment, pods, 1);
  if (state.stage.reason === 'Starting') {
    return {
      ...state,
      stage: pending('Starting', 'The endpoint picker is starting.'),
    };
  }
  return state.stage.status === 'True'
    ? { ...state, stage: done('Available', 'The endpoint picker runs.') }
    : state;
}
