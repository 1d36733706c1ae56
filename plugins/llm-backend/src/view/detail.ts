import {
  LlmModel,
  ModelCondition,
  ModelDetail,
  ModelPhase,
  ModelStage,
} from '@slipway/plugin-llm-common';
import { toFailure } from './failure';
import { CONDITION_TYPES } from '../models/conditions';
import { ModelFacts, readConditions } from './summary';

const stageNames = ['Pending', 'Downloading', 'Starting', 'Ready'] as const;

/** Which condition ends a stage. */
const endOf = {
  Pending: 'Accepted',
  Downloading: 'WeightsReady',
  Starting: 'WorkloadReady',
  Ready: 'Ready',
} as const;

const doneText = {
  Pending: 'The spec can work',
  Downloading: 'The weights are there',
  Starting: 'The server answers',
  // Whether she who looks may call it is for her access to say.
  Ready: 'The endpoints answer',
} as const;

const aheadText = {
  Pending: 'Starts when the operator sees the model',
  Downloading: 'Starts when the spec is accepted',
  Starting: 'Starts when the weights are there; no GPU is held before',
  Ready: 'The route opens once the gateway has accepted its policy',
} as const;

/**
 * The way of a model to Ready. A stage is done when the condition that ends it is True; the first that is not is the current
 * one, and all behind it are ahead.
 */
export function toStages(
  model: LlmModel,
  phase: ModelPhase,
  conditions: ModelCondition[],
): ModelStage[] {
  const byType = new Map(conditions.map(c => [c.type, c]));
  let startedAt = model.metadata.creationTimestamp;
  let reached = true;
  return stageNames.map(name => {
    const condition = byType.get(endOf[name]);
    if (!reached) {
      return { name, state: 'ahead', text: aheadText[name] };
    }
    if (condition?.status === 'True') {
      const stage: ModelStage = {
        name,
        state: 'done',
        text: doneText[name],
        startedAt,
        endedAt: condition.lastTransitionTime,
      };
      startedAt = condition.lastTransitionTime;
      return stage;
    }
    reached = false;
    return {
      name,
      state: phase === 'Error' ? 'failed' : 'current',
      text: condition?.message || aheadText[name],
      startedAt,
    };
  });
}

/** Conditions in the order in which a model goes through them; unknown ones last. */
export function orderConditions(
  conditions: ModelCondition[],
): ModelCondition[] {
  const rank = (condition: ModelCondition) => {
    const index = CONDITION_TYPES.findIndex(type => type === condition.type);
    return index < 0 ? CONDITION_TYPES.length : index;
  };
  return [...conditions].sort((a, b) => rank(a) - rank(b));
}

/** What the page of a model shows that follows from its custom resource alone. */
export function toDetailFacts(
  model: LlmModel,
  facts: ModelFacts,
): Pick<
  ModelDetail,
  | 'source'
  | 'observedGeneration'
  | 'generation'
  | 'conditions'
  | 'stages'
  | 'failure'
> {
  const conditions = orderConditions(readConditions(model));
  const { source, image, name, revision } = model.spec.model;
  return {
    source:
      source === 'oci'
        ? { type: 'oci', reference: image ?? '' }
        : { type: 'huggingface', reference: name, revision },
    observedGeneration: model.status?.observedGeneration,
    generation: model.metadata.generation ?? 0,
    conditions,
    stages: toStages(model, facts.phase, conditions),
    failure: toFailure(facts, conditions),
  };
}
