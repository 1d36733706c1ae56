import {
  AuthorizeResult,
  PolicyDecision,
  isPermission,
} from '@backstage/plugin-permission-common';
import type { PolicyQuery } from '@backstage/plugin-permission-node';
import { Caller, llmModelReadPermission } from '@slipway/plugin-llm-common';
import {
  createLlmModelConditionalDecision,
  llmModelConditions,
} from './modelRules';

/**
 * What Slipway's defaults say about a permission of the llm plugin: you see the models that you may call, that you own, or that their owner
 * lets you ask for. To be called from a permission policy; answers nothing for permissions of other plugins.
 */
export function llmPolicyRules(
  request: PolicyQuery,
  caller: Caller,
): PolicyDecision | undefined {
  if (isPermission(request.permission, llmModelReadPermission)) {
    return createLlmModelConditionalDecision(request.permission, {
      anyOf: [
        llmModelConditions.isOpenTo({ groups: caller.groups }),
        llmModelConditions.isOwner({ refs: caller.ownershipEntityRefs }),
        llmModelConditions.isRequestable(),
      ],
    });
  }
  if (request.permission.name.startsWith('llm.')) {
    return { result: AuthorizeResult.DENY };
  }
  return undefined;
}
