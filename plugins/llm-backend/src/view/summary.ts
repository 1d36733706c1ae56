import {
  Caller,
  CallJudge,
  LlmModel,
  ModelCondition,
  ModelPhase,
  ModelSummary,
  isOpenTo,
  modelPhases,
  normalizeGroup,
  ownerOf,
} from '@slipway/plugin-llm-common';
import { meaningOf } from '../models/conditions';
import { currentCondition } from './currentCondition';
import { headlineOf } from './failure';

/** What a summary takes from a model alone; the same for every caller. */
export type ModelFacts = Omit<ModelSummary, 'access'>;

/** Settings of the portal that summaries depend on. */
export interface ViewSettings {
  /** Entity ref that owns models whose custom resource names no owner. */
  defaultOwner?: string;
}

/** The conditions of a model, complete and typed; an unknown status becomes `Unknown`. */
export function readConditions(model: LlmModel): ModelCondition[] {
  return (model.status?.conditions ?? []).map(condition => ({
    type: condition.type,
    status:
      condition.status === 'True' || condition.status === 'False'
        ? condition.status
        : 'Unknown',
    reason: condition.reason ?? '',
    message: condition.message ?? '',
    meaning:
      condition.status === 'True' ? 'ok' : meaningOf(condition.reason ?? ''),
    observedGeneration: condition.observedGeneration,
    lastTransitionTime:
      condition.lastTransitionTime ?? model.metadata.creationTimestamp ?? '',
  }));
}

function readPhase(model: LlmModel): ModelPhase {
  const phase = model.status?.phase;
  return modelPhases.find(known => known === phase) ?? 'Pending';
}

function stageInWords(
  model: LlmModel,
  phase: ModelPhase,
  current: ModelCondition | undefined,
): string {
  if (model.metadata.deletionTimestamp) {
    return 'Is being deleted';
  }
  if (!model.status?.conditions?.length) {
    return 'Waits for the operator to see it';
  }
  if (phase === 'Ready' || !current) {
    return 'Serving';
  }
  return headlineOf(current) || current.message || current.reason;
}

/** Facts about a model for its row: everything but what depends on who asks. */
export function toFacts(model: LlmModel, settings: ViewSettings): ModelFacts {
  const phase = readPhase(model);
  const conditions = readConditions(model);
  const current = currentCondition(conditions);
  const ready = conditions.find(condition => condition.type === 'Ready');
  const desired =
    model.status?.replicas?.desired ?? model.spec.serving?.replicas ?? 1;
  const perReplica = model.spec.resources.gpu.count;
  const { access, endpoints } = model.spec;
  const reachable = (name: 'external' | 'internal', condition: string) =>
    endpoints?.[name]?.enabled !== false &&
    conditions.some(c => c.type === condition && c.status === 'True')
      ? model.status?.endpoints?.[name]
      : undefined;

  return {
    uid: model.metadata.uid ?? '',
    namespace: model.metadata.namespace ?? '',
    name: model.metadata.name,
    modelId: model.spec.model.name,
    phase,
    stage: stageInWords(model, phase, current),
    phaseSince: (phase === 'Ready' ? ready : current)?.lastTransitionTime,
    replicas: { ready: model.status?.replicas?.ready ?? 0, desired },
    gpus: {
      perReplica,
      total: perReplica * desired,
      type: model.spec.resources.gpu.type,
    },
    openTo: {
      everyone: access.public === true,
      groups: access.public ? [] : (access.groups ?? []).map(normalizeGroup),
    },
    endpoints: {
      external: reachable('external', 'ExternalEndpointReady'),
      internal: reachable('internal', 'InternalEndpointReady'),
    },
    owner: ownerOf(model, settings.defaultOwner),
    createdAt: model.metadata.creationTimestamp ?? '',
  };
}

/** The endpoints that let anybody in: a gateway that judges alone knows no keys, and refuses every call to the external one. */
export function openEndpoints(
  endpoints: ModelSummary['endpoints'],
  judge: CallJudge | undefined,
): ModelSummary['endpoints'] {
  return judge === 'gateway' ? { internal: endpoints.internal } : endpoints;
}

/** The row of a model for one caller. */
export function toSummary(
  model: LlmModel,
  facts: ModelFacts,
  caller: Caller,
): ModelSummary {
  return {
    ...facts,
    access: isOpenTo(model, caller) ? 'open' : 'on-request',
  };
}
