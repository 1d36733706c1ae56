import { ModelCondition, ModelFailure } from '@slipway/plugin-llm-common';
import { ModelFacts, currentCondition } from './summary';

interface Remedy {
  /** What broke, as a headline. */
  title: string;
  who: string;
  todo: string[];
}

const owner = 'The owner of the model';
const admin = 'A platform admin';

/** What can be done about a reason that the operator gives. Reasons that pass by themselves have no entry. */
const remedies: Record<string, Remedy> = {};

/** Tells what to do about reasons that have no entry of their own. */
function fallbackRemedy(condition: ModelCondition): Remedy {
  return {
    title: `${condition.type} is not true: ${condition.reason}`,
    who: `${owner}, with ${admin.toLowerCase()}`,
    todo: ['Do what the message says. The model heals by itself after that.'],
  };
}

function whatStopped(facts: ModelFacts): string {
  if (facts.replicas.ready > 0) {
    return `${facts.replicas.ready} of ${facts.replicas.desired} replicas serve. Calls are answered, more slowly under load.`;
  }
  return 'No replica serves. Calls are refused.';
}

/** What broke, why, who can fix it and what to do; nothing while all is well or merely on its way. */
export function toFailure(
  facts: ModelFacts,
  conditions: ModelCondition[],
): ModelFailure | undefined {
  const current = currentCondition(conditions);
  if (!current) {
    return undefined;
  }
  const known = remedies[current.reason];
  const broken = facts.phase === 'Error' || facts.phase === 'Degraded' || known;
  if (!broken) {
    return undefined;
  }
  const { title, who, todo } = known ?? fallbackRemedy(current);
  return {
    title,
    what: whatStopped(facts),
    why: current.message,
    who,
    todo,
    since: current.lastTransitionTime || undefined,
  };
}
