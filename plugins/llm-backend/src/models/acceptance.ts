import { done, pending, Stage } from './conditions';
import { Model } from './model';
import { MANAGED_NAMESPACE_LABEL } from './names';
import { Observed } from './observed';
import { findSpecProblem } from './specProblems';

/** Whether a model is worked on, and what happens to what exists if not. */
export interface Acceptance {
  stage: Stage;
  /** `work`: bring everything in line. `freeze`: leave everything as it is. `clear`: take everything away but the claim. */
  action: 'work' | 'freeze' | 'clear';
}

/**
 * Decides whether a model is accepted. One that is not, but serves under an id of its own, goes on serving: a slip in an edit or a lost
 * label must not take a model down. One whose id belongs to another is cleared away, or two routes would answer for the id.
 */
export function judgeAcceptance(
  model: Model,
  observed: Observed,
  servedModelId: string | undefined,
): Acceptance {
  if (!observed.namespaceManaged) {
    return {
      stage: pending(
        'NamespaceNotManaged',
        `The namespace ${model.namespace} is not managed, so nothing is made or changed in it. Label it: kubectl label namespace ${model.namespace} ${MANAGED_NAMESPACE_LABEL}=true`,
      ),
      action: 'freeze',
    };
  }
  const problem = findSpecProblem(model);
  if (problem) {
    return {
      stage: pending('SpecInvalid', `${problem.path} ${problem.message}.`),
      action: 'freeze',
    };
  }
  const { holder } = observed;
  if (holder) {
    return {
      stage: pending(
        'DuplicateModelId',
        `The model id ${holder.modelId} belongs to ${holder.namespace}/${holder.name}, which claimed it earlier. Choose another spec.model.name, or delete that model.`,
      ),
      action:
        servedModelId !== undefined && servedModelId !== holder.modelId
          ? 'freeze'
          : 'clear',
    };
  }
  return { stage: done('SpecValid', 'The spec can work.'), action: 'work' };
}
