import { createPermission } from '@backstage/plugin-permission-common';

/** Resource type of models in the permission framework. */
export const RESOURCE_TYPE_LLM_MODEL = 'llm-model';

/**
 * To see a model: its row on the Models page, its page, its pods, events and logs. Whoever may see a model may not
 * therefore call it: that is decided on the request path.
 */
export const llmModelReadPermission = createPermission({
  name: 'llm.model.read',
  attributes: { action: 'read' },
  resourceType: RESOURCE_TYPE_LLM_MODEL,
});

/** All permissions of the llm plugin. */
export const llmPermissions = [llmModelReadPermission];
