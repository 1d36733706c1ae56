import { PermissionCriteria } from '@backstage/plugin-permission-common';
import {
  createConditionExports,
  createPermissionResourceRef,
  createPermissionRule,
} from '@backstage/plugin-permission-node';
import {
  LlmModel,
  RESOURCE_TYPE_LLM_MODEL,
  isOpenTo,
  ownerOf,
} from '@slipway/plugin-llm-common';
import { z } from 'zod';

/** What a condition on models comes down to. Small on purpose: every rule can be answered from a model alone. */
export type ModelFilter =
  | { key: 'open-to'; groups: string[] }
  | { key: 'requestable' }
  | { key: 'owner'; refs: string[] };

/** Models in the permission framework. */
export const modelResourceRef = createPermissionResourceRef<
  LlmModel,
  ModelFilter
>().with({ pluginId: 'llm', resourceType: RESOURCE_TYPE_LLM_MODEL });

/** Whether a model passes one filter. */
export function passesFilter(model: LlmModel, filter: ModelFilter): boolean {
  switch (filter.key) {
    case 'open-to':
      return isOpenTo(model, {
        groups: filter.groups,
        ownershipEntityRefs: [],
      });
    case 'requestable':
      return model.spec.access.requestable === true;
    case 'owner': {
      const owner = ownerOf(model);
      return owner !== undefined && filter.refs.includes(owner);
    }
    default:
      return false;
  }
}

/** Whether a model passes a tree of filters. */
export function passesCriteria(
  model: LlmModel,
  criteria: PermissionCriteria<ModelFilter>,
): boolean {
  if ('allOf' in criteria) {
    return criteria.allOf.every(part => passesCriteria(model, part));
  }
  if ('anyOf' in criteria) {
    return criteria.anyOf.some(part => passesCriteria(model, part));
  }
  if ('not' in criteria) {
    return !passesCriteria(model, criteria.not);
  }
  return passesFilter(model, criteria);
}

const isOpenToRule = createPermissionRule({
  name: 'IS_OPEN_TO',
  description:
    'Allow models that are open to everybody who is signed in, or to one of these groups',
  resourceRef: modelResourceRef,
  paramsSchema: z.object({
    groups: z.array(z.string()).describe('Groups as identity tokens name them'),
  }),
  apply: (model, { groups }) => passesFilter(model, { key: 'open-to', groups }),
  toQuery: ({ groups }) => ({ key: 'open-to', groups }),
});

const isRequestableRule = createPermissionRule({
  name: 'IS_REQUESTABLE',
  description: 'Allow models whose owner lets people ask for access',
  resourceRef: modelResourceRef,
  apply: model => passesFilter(model, { key: 'requestable' }),
  toQuery: (): ModelFilter => ({ key: 'requestable' }),
});

const isOwnerRule = createPermissionRule({
  name: 'IS_OWNER',
  description: 'Allow models that one of these entities owns',
  resourceRef: modelResourceRef,
  paramsSchema: z.object({
    refs: z.array(z.string()).describe('Entity refs of possible owners'),
  }),
  apply: (model, { refs }) => passesFilter(model, { key: 'owner', refs }),
  toQuery: ({ refs }) => ({ key: 'owner', refs }),
});

/** The rules that a permission policy can decide about models with. */
export const modelRules = {
  isOpenTo: isOpenToRule,
  isRequestable: isRequestableRule,
  isOwner: isOwnerRule,
};

const conditionExports = createConditionExports({
  resourceRef: modelResourceRef,
  rules: modelRules,
});

/** Conditions on models, for authors of permission policies. */
export const llmModelConditions = conditionExports.conditions;

/** A conditional decision about models, for authors of permission policies. */
export const createLlmModelConditionalDecision =
  conditionExports.createConditionalDecision;
