import type { ActionOptions } from './ActionOptions';
import { registerCreateKey, registerRevokeKey } from './keyActions';
import {
  registerExplainCall,
  registerListCallableModels,
  registerRequestAccess,
} from './modelActions';

/**
 * What agents may do about access, in the name of the person who sends them (Backstage actions, also served as MCP tools). None of them
 * ever returns a key.
 */
export function registerActions(options: ActionOptions): void {
  registerListCallableModels(options);
  registerRequestAccess(options);
  registerExplainCall(options);
  registerCreateKey(options);
  registerRevokeKey(options);
}
