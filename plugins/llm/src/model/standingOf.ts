import {
  CredentialKind,
  ModelSummary,
  MyAccess,
} from '@slipway/plugin-llm-common';

/** How a person stands to a model, in the words of the Models page. */
export type StandingToModel =
  | 'open'
  | 'granted'
  | 'requested'
  | 'onRequest'
  | 'noTenant'
  | 'tenantSuspended';

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
      return myAccess.because === 'no-tenant' ? 'noTenant' : 'tenantSuspended';
    default:
      return access === 'open' ? 'open' : 'onRequest';
  }
}

/** Whether every call of hers is refused, whatever the model. */
export function isRefused(
  standing: StandingToModel,
): standing is 'noTenant' | 'tenantSuspended' {
  return standing === 'noTenant' || standing === 'tenantSuspended';
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
