import type { AccessCaller, AccessDirectory } from '../../../src/access';

/** The tenant whose people ask for keys. */
export const TENANT = 'bench';
/** The tenant that has many keys, and the user who owns it. */
export const LARGE_TENANT = 'large';
export const LARGE_OWNER = 'user:default/lead';

const GROUP = 'bench-people';
const MODELS = 20;

/** The models that are granted to the group; the others are open to everybody. */
export const grantedModels = Array.from(
  { length: MODELS / 2 },
  (_, at) => `llm/granted-${at}`,
);
export const openModels = Array.from(
  { length: MODELS / 2 },
  (_, at) => `llm/open-${at}`,
);

/** The group that the models are granted to. */
export const group = GROUP;

const models = [...grantedModels, ...openModels].map(ref => ({
  ref,
  modelId: ref,
  owners: ['group:default/platform'],
  requestable: true,
  access: { public: openModels.includes(ref), groups: [] },
}));

const tenants = [
  {
    name: TENANT,
    displayName: 'Bench',
    state: 'active' as const,
    owners: ['group:default/platform'],
    memberGroups: [GROUP],
  },
  {
    name: LARGE_TENANT,
    displayName: 'Large',
    state: 'active' as const,
    owners: [LARGE_OWNER],
    memberGroups: ['large'],
  },
];

/** Models and tenants that never change. */
export const directory: AccessDirectory = {
  model: ref => models.find(model => model.ref === ref),
  models: () => models,
  tenant: name => tenants.find(tenant => tenant.name === name),
  tenants: () => tenants,
  groupsOf: async () => [GROUP],
};

/** Whoever she says she is: in the place of signing in, which is not measured here. */
export function callerOf(userEntityRef: string): AccessCaller {
  return {
    userEntityRef,
    ownershipEntityRefs: [userEntityRef],
    groups: [GROUP],
    admin: false,
    auditor: false,
    mayApprove: true,
  };
}
