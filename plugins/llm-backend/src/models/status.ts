import { Condition, setConditions } from '@slipway/controller';
import { ModelPhase } from '@slipway/plugin-llm-common';
import { Endpoint, ENDPOINTS } from '../gateway/flavour';
import {
  CONDITION_TYPES,
  ConditionType,
  done,
  Meaning,
  meaningOf,
  pending,
  REASONS,
  sentence,
  Stage,
} from './conditions';
import { isRecord, listAt, recordAt, textAt } from './json';
import { Model } from './model';
import { selectorOf } from './names';
import { Refusals } from './observed';
import { Plan } from './plan';
import { Platform } from './platform';
import { refusedStage } from './refusedWrites';

/** Everything that a model's status is derived from. */
export interface StatusInput {
  model: Model;
  platform: Platform;
  plan: Plan;
  refusals: Refusals;
  /** The status as it is, for times of transitions and the claim. */
  previous: unknown;
  now: Date;
}

/** The condition of each endpoint. */
const CONDITION_OF = {
  external: 'ExternalEndpointReady',
  internal: 'InternalEndpointReady',
} as const satisfies Record<Endpoint, ConditionType>;

/** The stages of a model from what was observed, before they become conditions. */
export function stagesOf({
  model,
  plan,
  refusals,
  previous,
}: Pick<StatusInput, 'model' | 'plan' | 'refusals' | 'previous'>): Record<
  ConditionType,
  Stage
> {
  const accepted = plan.acceptance.stage;
  const waiting = pending(
    'WaitingForAcceptance',
    'Starts when Accepted is true.',
  );
  const halted =
    accepted.status !== 'True' &&
    plan.servers.desired > 0 &&
    plan.servers.ready === 0;
  const stages = {
    Accepted:
      plan.remark && accepted.status === 'True'
        ? {
            ...accepted,
            message: `${accepted.message} ${sentence(plan.remark)}`,
          }
        : accepted,
    WeightsReady: halted
      ? waiting
      : refusedStage(model, refusals, 'WeightsReady') ?? plan.download.stage,
    WorkloadReady: halted
      ? waiting
      : refusedStage(model, refusals, 'WorkloadReady') ?? plan.servers.stage,
    EndpointPickerReady: halted
      ? waiting
      : refusedStage(model, refusals, 'EndpointPickerReady') ??
        plan.pickerStage,
    ExternalEndpointReady: halted ? waiting : plan.endpoints.external.stage,
    InternalEndpointReady: halted ? waiting : plan.endpoints.internal.stage,
  };
  return { ...stages, Ready: readyStage(model, plan, stages, previous) };
}

/** Sums up: what is first in the way names the reason. A model that serves although something is wrong is degraded. */
function readyStage(
  model: Model,
  plan: Plan,
  stages: Record<Exclude<ConditionType, 'Ready'>, Stage>,
  previous: unknown,
): Stage {
  if (model.deletedAt) {
    return pending('Deleting', 'The model is being deleted.');
  }
  const open = CONDITION_TYPES.filter(
    (type): type is Exclude<ConditionType, 'Ready'> => type !== 'Ready',
  ).filter(
    type =>
      stages[type].status !== 'True' && REASONS[stages[type].reason] !== 'ok',
  );
  const reachable = reachableEndpoints(plan, previous);
  if (
    plan.servers.ready > 0 &&
    plan.pickerStage.status === 'True' &&
    reachable.length > 0
  ) {
    // Another revision on its way does not take away from what serves, nor what the gateway judges anew though the spec is the same.
    const harmless = new Set<ConditionType>([
      'WeightsReady',
      ...(wasReady(model, previous)
        ? reachable.map(name => CONDITION_OF[name])
        : []),
    ]);
    const wrong = open.find(
      type => !harmless.has(type) || REASONS[stages[type].reason] === 'broken',
    );
    if (!wrong) {
      const [first] = open;
      const next = first ? ` ${stages[first].message}` : '';
      return done(
        'Serving',
        `${plan.servers.ready} of ${plan.servers.desired} replicas ready.${next}`,
      );
    }
    if (REASONS[stages[wrong].reason] === 'broken') {
      return pending('Degraded', stages[wrong].message);
    }
    return pending(stages[wrong].reason, stages[wrong].message);
  }
  const broken = open.find(type => REASONS[stages[type].reason] === 'broken');
  const first = broken ?? open[0];
  return first
    ? pending(stages[first].reason, stages[first].message)
    : pending(
        'EndpointDisabled',
        'Both endpoints are disabled, so nobody can call the model. Enable one in spec.endpoints.',
      );
}

/**
 * Where people get through to the model now: where the gateway has accepted everything; and where they did before, to the same model id, while
 * it judges anew what goes on leading there.
 */
function reachableEndpoints(plan: Plan, previous: unknown): Endpoint[] {
  const isSameId =
    plan.servedModelId !== undefined &&
    textAt(previous, 'servedModelId') === plan.servedModelId;
  return ENDPOINTS.filter(name => {
    const { stage, goesOn } = plan.endpoints[name];
    const before = textAt(previous, 'endpoints', name) !== undefined;
    return (
      plan.servers.ready > 0 &&
      (stage.status === 'True' || (goesOn && before && isSameId))
    );
  });
}

/** The model was Ready, as the spec is now. */
function wasReady(model: Model, previous: unknown): boolean {
  return readConditions(previous).some(
    ({ type, status, observedGeneration }) =>
      type === 'Ready' &&
      status === 'True' &&
      observedGeneration === model.generation,
  );
}

/** What {@link phaseOf} needs of a condition. */
export type PhaseCondition = Pick<Condition, 'type' | 'status' | 'reason'>;

/** The phase of a model: what a person needs to know in one word. A pure function of its conditions. */
export function phaseOf(conditions: readonly PhaseCondition[]): ModelPhase {
  const byType = new Map(
    conditions.map(condition => [condition.type, condition]),
  );
  const ready = byType.get('Ready');
  if (ready?.status === 'True') {
    return 'Ready';
  }
  if (ready?.reason === 'Degraded') {
    return 'Degraded';
  }
  const meaning = (type: ConditionType): Meaning =>
    meaningOf(byType.get(type)?.reason ?? '');
  const stages = CONDITION_TYPES.filter(type => type !== 'Ready');
  if (
    stages.some(
      type =>
        byType.get(type)?.status === 'False' && meaning(type) === 'broken',
    )
  ) {
    return 'Error';
  }
  if (byType.get('Accepted')?.status !== 'True') {
    return 'Pending';
  }
  const weights = byType.get('WeightsReady');
  if (weights?.status !== 'True' && weights?.reason !== 'NotNeeded') {
    return weights?.reason === 'Downloading' ||
      weights?.reason === 'Retrying' ||
      weights?.reason === 'DownloadPending'
      ? 'Downloading'
      : 'Pending';
  }
  const workload = byType.get('WorkloadReady')?.reason;
  if (workload === 'LoadingWeights') {
    return 'Downloading';
  }
  return workload === 'Unschedulable' ||
    workload === 'ScaledToZero' ||
    workload === 'ClaimPending'
    ? 'Pending'
    : 'Starting';
}

/** The status of a model; equal to `previous`, times included, when nothing changed. */
export function deriveStatus(input: StatusInput): Record<string, unknown> {
  const { model, platform, plan, previous, now } = input;
  const stages = stagesOf(input);
  const conditions = setConditions(
    readConditions(previous),
    CONDITION_TYPES.map(type => ({
      type,
      ...stages[type],
      observedGeneration: model.generation,
    })),
    now,
  );
  const endpoints = Object.fromEntries(
    reachableEndpoints(plan, previous).map(name => [
      name,
      urlOf(platform, name),
    ]),
  );
  const { servedModelId, servedRevision } = plan;
  return {
    phase: phaseOf(conditions),
    observedGeneration: model.generation,
    conditions: conditions.filter(condition =>
      CONDITION_TYPES.some(type => type === condition.type),
    ),
    replicas: { ready: plan.servers.ready, desired: plan.servers.desired },
    selector: Object.entries(selectorOf(model))
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
    ...(Object.keys(endpoints).length > 0 ? { endpoints } : {}),
    ...claimOf(input),
    ...sizeOf(input),
    ...(servedModelId ? { servedModelId } : {}),
    ...(servedRevision ? { servedRevision } : {}),
  };
}

/** Base URL of an endpoint, as clients use it. */
export function urlOf(platform: Platform, endpoint: Endpoint): string {
  return `${platform.urls[endpoint].replace(/\/+$/, '')}/v1`;
}

/** Size of the weights. The pod that told it may be gone, so it is kept as long as the model stays the same. */
function sizeOf({
  model,
  plan,
  previous,
}: StatusInput): Record<string, unknown> {
  const { bytes } = plan.download;
  if (bytes !== undefined) {
    return { modelSize: `${(bytes / 2 ** 30).toFixed(1)}Gi` };
  }
  const known = textAt(previous, 'modelSize');
  const same = textAt(previous, 'claim', 'modelId') === model.modelId;
  return known !== undefined && same ? { modelSize: known } : {};
}

/** Since when the model holds its id: from the moment that it was first accepted with it. */
function claimOf({
  model,
  plan,
  previous,
  now,
}: StatusInput): Record<string, unknown> {
  if (plan.acceptance.stage.reason === 'DuplicateModelId') {
    return {};
  }
  const claim = recordAt(previous, 'claim');
  if (claim.modelId === model.modelId && typeof claim.since === 'string') {
    return { claim };
  }
  return plan.acceptance.stage.status === 'True'
    ? { claim: { modelId: model.modelId, since: now.toISOString() } }
    : {};
}

function readConditions(status: unknown): Condition[] {
  return listAt(status, 'conditions')
    .filter(isRecord)
    .map(condition => {
      const value = textAt(condition, 'status');
      return {
        type: textAt(condition, 'type') ?? '',
        status: value === 'True' || value === 'False' ? value : 'Unknown',
        reason: textAt(condition, 'reason') ?? '',
        message: textAt(condition, 'message') ?? '',
        observedGeneration:
          typeof condition.observedGeneration === 'number'
            ? condition.observedGeneration
            : undefined,
        lastTransitionTime: textAt(condition, 'lastTransitionTime') ?? '',
      };
    });
}

/** What changed between two statuses that people should hear of. */
export function notesOf(
  before: unknown,
  after: unknown,
): { type: 'Normal' | 'Warning'; reason: string; message: string }[] {
  const known = new Map(
    readConditions(before).map(condition => [condition.type, condition]),
  );
  return readConditions(after)
    .filter(condition =>
      condition.type === 'Ready'
        ? condition.status === 'True'
        : condition.status !== 'True' || condition.type === 'WeightsReady',
    )
    .filter(condition => {
      const old = known.get(condition.type);
      return (
        old?.status !== condition.status || old.reason !== condition.reason
      );
    })
    .filter(
      condition =>
        condition.status === 'True' ||
        meaningOf(condition.reason) === 'broken' ||
        condition.reason === 'Unschedulable',
    )
    .map(condition => ({
      type: condition.status === 'True' ? 'Normal' : 'Warning',
      reason:
        condition.status === 'True' && condition.type === 'Ready'
          ? 'Ready'
          : condition.reason,
      message: condition.message,
    }));
}
