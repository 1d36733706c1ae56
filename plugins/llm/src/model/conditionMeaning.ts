import { ModelCondition } from '@slipway/plugin-llm-common';

/** What a condition means to a person. */
export type ConditionMeaning = 'ok' | 'waiting' | 'broken' | 'unknown';

/** Reasons of a False that ends by itself, or that somebody wanted. */
const onItsWay =
  /^(Waiting|Downloading|Starting|Progressing|Pending|Creating|Loading|Pulling|Scheduling|Binding|Initializing|EndpointDisabled|NotRequested)/;

/** False and on its way is not broken: it gets a clock, not a cross. */
export function meaningOf(condition: ModelCondition): ConditionMeaning {
  if (condition.meaning) {
    return condition.meaning;
  }
  if (condition.status === 'True') {
    return 'ok';
  }
  if (condition.status === 'Unknown') {
    return 'unknown';
  }
  return onItsWay.test(condition.reason) ? 'waiting' : 'broken';
}

/** Broken ones first; else the order in which a model goes through them. */
export function brokenFirst(conditions: ModelCondition[]): ModelCondition[] {
  const isBroken = (condition: ModelCondition) =>
    meaningOf(condition) === 'broken';
  return [
    ...conditions.filter(isBroken),
    ...conditions.filter(condition => !isBroken(condition)),
  ];
}
