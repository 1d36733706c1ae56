import {
  CredentialKind,
  ModelRefusal,
  ModelSummary,
  MyAccess,
} from '@slipway/plugin-llm-common';

/** How a person stands to a model, in the words of the Models page. */
export type StandingToModel =
  | 'open'
  | 'granted'
  | 'requested'
  | 'onRequest'
  | RefusedStanding;

/** Why no call of hers to a model gets through, in the words of the Models page. */
export type RefusedStanding =
  | 'noTenant'
  | 'tenantSuspended'
  | 'userBlocked'
  | 'tenantBlocked'
  | 'modelBlocked';

const refusals: Record<ModelRefusal, RefusedStanding> = {
  'no-tenant': 'noTenant',
  'tenant-suspended': 'tenantSuspended',
  'user-blocked': 'userBlocked',
  'tenant-blocked': 'tenantBlocked',
  'model-blocked': 'modelBlocked',
};

const refused: ReadonlySet<StandingToModel> = new Set(Object.values(refusals));

/** How a person stands to a model: by what she holds or asked for, else by the model's own `spec.access`. */
export function standingOf(
  model: Pick<ModelSummary, 'access' | 'myAccess'>,
): StandingToModel {
  const { access, myAccess } = model;
  switch (myAccess?.state) {
    case 'open':
      return 'open';
    case 'granted':
      return 'granted';
    case 'requested':
      return 'requested';
    case 'requestable':
      return 'onRequest';
    case 'refused':
      return refusals[myAccess.because];
    default:
      return access === 'open' ? 'open' : 'onRequest';
  }
}

/** Whether every call of hers to the model is refused, whatever she holds. */
export function isRefused(
  standing: StandingToModel,
): standing is RefusedStanding {
  return refused.has(standing);
}

/** Whether a call of hers gets through once the model answers. */
export function mayCall(standing: StandingToModel): boolean {
  return standing === 'open' || standing === 'granted';
}

/** The only kind of credential that gets her through; nothing where both do, and where she may not call. */
export function onlyCredential(
  myAccess: MyAccess | undefined,
): CredentialKind | undefined {
  return myAccess && 'only' in myAccess ? myAccess.only : undefined;
}
