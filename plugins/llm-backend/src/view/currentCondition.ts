import { ModelCondition } from '@slipway/plugin-llm-common';
import { CONDITION_TYPES } from '../models/conditions';

/**
 * The condition that says where a model is: in the order in which a model goes through them, the first that is broken, else the first that is
 * not True. What is switched off on purpose does not count.
 */
export function currentCondition(
  conditions: ModelCondition[],
): ModelCondition | undefined {
  const open = CONDITION_TYPES.flatMap(type =>
    conditions.filter(
      condition =>
        condition.type === type &&
        condition.status !== 'True' &&
        condition.meaning !== 'ok',
    ),
  );
  return open.find(({ meaning }) => meaning === 'broken') ?? open[0];
}
