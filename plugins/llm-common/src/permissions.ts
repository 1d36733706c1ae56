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

/** To ask for access, and to hold keys of one's own. */
export const llmAccessUsePermission = createPermission({
  name: 'llm.access.use',
  attributes: {},
});

/**
 * To decide on requests for models and tenants that one owns. Owning alone is not enough where a policy denies this, and it never reaches
 * one's own request.
 */
export const llmRequestApprovePermission = createPermission({
  name: 'llm.request.approve',
  attributes: { action: 'update' },
});

/** To see every request, grant and key, and the audit log: for admins and auditors. It changes nothing. */
export const llmAccessReadAllPermission = createPermission({
  name: 'llm.access.read.all',
  attributes: { action: 'read' },
});

/** To act on every request, grant and key as if one owned it, to import keys, and to use the kill switch. */
export const llmAccessManageAllPermission = createPermission({
  name: 'llm.access.manage.all',
  attributes: { action: 'update' },
});

/** Permissions of the access room. None has conditions: what is one's own is decided by the room itself, in the query. */
export const llmAccessPermissions = [
  llmAccessUsePermission,
  llmRequestApprovePermission,
  llmAccessReadAllPermission,
  llmAccessManageAllPermission,
];

/** Permissions on models. */
export const llmModelPermissions = [llmModelReadPermission];

/** All permissions of the llm plugin. */
export const llmPermissions = [...llmModelPermissions, ...llmAccessPermissions];
