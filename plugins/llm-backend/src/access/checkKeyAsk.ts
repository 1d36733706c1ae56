import { InputError } from '@backstage/errors';
import { AccessContext } from './context';
import { checkText, checkWhole } from './decisions/limits';
import { isMember, tenantOf } from './decisions/standing';
import { AccessCaller, AccessTenant } from './types';

/** Asks for a key. */
export interface IssueKey {
  name: string;
  /** The models it may call, each `<namespace>/<name>`; at least one. */
  models: string[];
  /** One of the caller's tenants; needed only when she has several. */
  tenant?: string;
  /** Makes it a key of this service of the tenant, which uses the grants of the service. */
  service?: string;
  /** A member of the tenant who looks after it when the owner leaves. */
  backupOwner?: string;
  /** Life in days. */
  days?: number;
}

/** What was asked for, once it has been looked at. */
export interface CheckedKeyAsk {
  name: string;
  models: string[];
  tenant: AccessTenant;
  service?: string;
  backupOwner?: string;
  /** Life in days. */
  days: number;
}

/**
 * Checks everything about a key that needs no database.
 *
 * @throws InputError when a field is missing or beyond a limit, which the message names
 */
export async function checkKeyAsk(
  context: AccessContext,
  caller: AccessCaller,
  ask: IssueKey,
): Promise<CheckedKeyAsk> {
  const { directory, limits } = context;
  const name = checkText('name', ask.name, limits.maxNameLength);
  checkModels(ask.models, limits.maxModelsPerKey);
  const service =
    ask.service === undefined
      ? undefined
      : checkText('service', ask.service, limits.maxNameLength);
  const days = keyDays(context, ask.days);
  const tenant = tenantOf(caller, directory, ask.tenant);
  const { models, backupOwner } = ask;
  if (backupOwner !== undefined) {
    await checkBackupOwner(context, { caller, tenant, backupOwner });
  }
  return { name, models, tenant, service, backupOwner, days };
}

/**
 * The life of a key in days.
 *
 * @throws InputError when it is longer than keys may live
 */
export function keyDays(
  { limits: { defaultKeyDays, maxKeyDays } }: AccessContext,
  days = Math.min(defaultKeyDays, maxKeyDays),
): number {
  return checkWhole('days', days, { min: 1, max: maxKeyDays, unit: 'days' });
}

function checkModels(models: string[], max: number): void {
  if (models.length === 0) {
    throw new InputError('models: at least one.');
  }
  if (models.length > max) {
    throw new InputError(
      `models: at most ${max} for one key (maxModelsPerKey), not ${models.length}.`,
    );
  }
}

async function checkBackupOwner(
  { directory }: AccessContext,
  asked: { caller: AccessCaller; tenant: AccessTenant; backupOwner: string },
): Promise<void> {
  const { caller, tenant, backupOwner } = asked;
  const groups = await directory.groupsOf(backupOwner);
  if (
    backupOwner === caller.userEntityRef ||
    !groups ||
    !isMember(tenant, groups)
  ) {
    throw new InputError(
      `backupOwner: another member of tenant ${tenant.name}, as an entity ref.`,
    );
  }
}
