import { ConflictError, NotAllowedError } from '@backstage/errors';
import type { Knex } from 'knex';
import { blocksAmong } from './database/operations/blocks/among';
import type { IsBlocked } from './decisions/blocked';
import type { AccessRequest } from './types';

/**
 * What a new grant or key is about. Who is blocked takes nothing new and gives nothing; for what is blocked nothing new is made, which would
 * open nothing. What takes away (end, revoke, reject, withdraw, report as leaked) never asks.
 */
export interface BlockableAccess {
  /** Entity ref of who does it. */
  by?: string;
  /** Entity refs of those whom it is for, or who asked for it. */
  users?: string[];
  tenant?: string;
  /** Each `<namespace>/<name>`. */
  models?: string[];
  /** Id of a key. */
  key?: string;
}

/**
 * Refuses what concerns something that the kill switch stops. It names that, and never why or by whom.
 *
 * @param what - what can't be done then, as in `you can't ask for access`
 * @throws NotAllowedError when who does it is blocked
 * @throws ConflictError when something else is
 */
export function refuseBlocked(
  isBlocked: IsBlocked,
  access: BlockableAccess,
  what: string,
): void {
  const { by } = access;
  if (by !== undefined && isBlocked('user', by)) {
    throw new NotAllowedError(
      `You are blocked: ${what} until a platform admin lifts the block. Ask one what led to it; your grants and keys stay.`,
    );
  }
  const blocked = blockedInWords(isBlocked, access);
  if (blocked !== undefined) {
    throw new ConflictError(
      `${blocked}: ${what} until a platform admin lifts the block. Ask one what led to it.`,
    );
  }
}

/** {@link refuseBlocked} with one query. */
export async function checkNotBlocked(
  knex: Knex,
  access: BlockableAccess,
  what: string,
): Promise<void> {
  refuseBlocked(await blocksOn(knex, [access]), access, what);
}

/** Looks up in one query what of all this is blocked. */
export async function blocksOn(
  knex: Knex,
  all: BlockableAccess[],
): Promise<IsBlocked> {
  return blocksAmong(knex, {
    user: all.flatMap(({ by, users = [] }) => [
      ...users,
      ...(by === undefined ? [] : [by]),
    ]),
    tenant: all.flatMap(({ tenant }) => tenant ?? []),
    model: all.flatMap(({ models }) => models ?? []),
    key: all.flatMap(({ key }) => key ?? []),
  });
}

/**
 * What a yes to a request is about. Who asked counts like whom it is for: what somebody asked for before she was blocked may be what she was
 * blocked for.
 */
export function blockableIn({
  kind,
  model,
  requester,
  subject,
  tenant,
}: AccessRequest): BlockableAccess {
  return {
    users: subject.kind === 'user' ? [requester, subject.ref] : [requester],
    tenant,
    // What is asked for as a new model is not there to be called yet.
    models: kind === 'new-model' ? [] : [model],
  };
}

/** What of it is blocked, as the beginning of a sentence, besides who does it; nothing where nothing is. */
export function blockedInWords(
  isBlocked: IsBlocked,
  { key, users = [], tenant, models = [] }: BlockableAccess,
): string | undefined {
  if (key !== undefined && isBlocked('key', key)) {
    return `Key ${key} is blocked`;
  }
  const user = users.find(ref => isBlocked('user', ref));
  if (user !== undefined) {
    return `${user} is blocked`;
  }
  if (tenant !== undefined && isBlocked('tenant', tenant)) {
    return `Tenant ${tenant} is blocked`;
  }
  const stopped = models.filter(ref => isBlocked('model', ref)).sort();
  if (stopped.length === 0) {
    return undefined;
  }
  return stopped.length === 1
    ? `Model ${stopped[0]} is blocked`
    : `Models ${stopped.join(', ')} are blocked`;
}
