import {
  AuthorizeResult,
  PolicyDecision,
  isPermission,
} from '@backstage/plugin-permission-common';
import type { PolicyQuery } from '@backstage/plugin-permission-node';
import {
  Caller,
  llmAccessUsePermission,
  llmModelReadPermission,
  llmRequestApprovePermission,
} from '@slipway/plugin-llm-common';
import {
  createLlmModelConditionalDecision,
  llmModelConditions,
} from './modelRules';

/** Everybody may ask for access, hold keys, and decide on what she owns; what is hers and what she owns is told by the data. */
const forEverybody = new Set([
  llmAccessUsePermission.name,
  llmRequestApprovePermission.name,
]);

/**
 * What Slipway's defaults say about a permission of the llm plugin: you see the models that you may call, that you own, or that their owner
 * lets you ask for; you ask for access, hold keys and decide on what you own. Everything else is for admins. To be called from a permission policy; answers nothing for permissions of other plugins.
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
  if (forEverybody.has(request.permission.name)) {
    return { result: AuthorizeResult.ALLOW };
  }
  if (request.permission.name.startsWith('llm.')) {
    return { result: AuthorizeResult.DENY };
  }
  return undefined;
}
