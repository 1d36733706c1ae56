import { ConflictError } from '@backstage/errors';
import { displayKey } from '@slipway/plugin-llm-common';
import { AnswersOnce, Retriable } from './answerOnce';
import { AccessContext, hashKey, newId } from './context';
import { keyModels } from './decisions/keyModels';
import { checkCount, daysAfter } from './decisions/limits';
import { isOwner } from './decisions/requestState';
import type { Principal } from './decisions/validity';
import type { Bulk, Outcome } from './database/GroupCommit';
import type { Mutation } from './database/mutate';
import { grantsOfPrincipals } from './database/operations/grants/ofPrincipal';
import { countActiveKeys } from './database/operations/keys/countActive';
import { insertKeys } from './database/operations/keys/insert';
import { StoredKey, withoutHash } from './database/rows';
import { recordKey } from './recordKey';
import { BlockableAccess, blocksOn, refuseBlocked } from './refuseBlocked';
import { AccessCaller, AccessTenant, Grant, Key } from './types';

/** A key that was asked for, after everything that can be checked without the database. */
export interface NewKey {
  caller: AccessCaller;
  /** What the client sent, for retries. */
  body: unknown;
  retriable: Retriable;
  secret: string;
  name: string;
  tenant: AccessTenant;
  service?: string;
  backupOwner?: string;
  models: string[];
  days: number;
}

/** A key that was issued, or that had been issued to an earlier try. */
export interface IssuedOnce {
  answer: Key;
  repeated: boolean;
}

/** What a block of her, of her tenant or of a model means for a new key. */
export const REFUSED = "you can't make this key";

/** What of a new key can be blocked. */
export function blockableFor({
  caller,
  tenant,
  models,
}: Pick<NewKey, 'caller' | 'tenant' | 'models'>): BlockableAccess {
  return { by: caller.userEntityRef, tenant: tenant.name, models };
}

/** Issues keys: however many, with a handful of statements. */
export function issueKeys(context: AccessContext): Bulk<NewKey, IssuedOnce> {
  return async (mutation, asks) => {
    const { trx, now } = mutation;
    const owners = asks.map(({ caller }) => caller.userEntityRef);
    const answers = await AnswersOnce.read(
      mutation,
      asks.map(({ caller, body, retriable }) => ({
        ...retriable,
        actor: caller.userEntityRef,
        operation: 'issue-key',
        body,
      })),
    );
    const counts = await countActiveKeys(trx, owners);
    const grants = await grantsOfPrincipals(trx, {
      principals: asks.map(ask => ({
        tenant: ask.tenant.name,
        principal: principalOf(ask),
      })),
      models: asks.flatMap(({ models }) => models),
      now,
    });
    const isBlocked = await blocksOn(trx, asks.map(blockableFor));
    const keys: StoredKey[] = [];
    const outcomes = asks.map((ask, index): Outcome<IssuedOnce> => {
      try {
        const known = answers.find<Key>(index);
        if (known) {
          return { value: { answer: known, repeated: true } };
        }
        const { models, ...who } = blockableFor(ask);
        refuseBlocked(isBlocked, who, REFUSED);
        const owner = ask.caller.userEntityRef;
        const count = counts.get(owner) ?? 0;
        checkCount(
          'active keys per user (maxKeysPerUser)',
          count,
          context.limits.maxKeysPerUser,
          'Revoke those that you do not need.',
        );
        const key = toKey(ask, grants, context, now);
        // Only now: a model that is not hers to call is told like one that is not there.
        refuseBlocked(isBlocked, { models }, REFUSED);
        counts.set(owner, count + 1);
        keys.push(key);
        const answer = withoutHash(key);
        answers.note(index, answer);
        return { value: { answer, repeated: false } };
      } catch (error) {
        return { error };
      }
    });
    return store(mutation, { keys, answers, outcomes });
  };
}

function principalOf({ caller, service }: NewKey): Principal {
  return service === undefined
    ? { user: caller.userEntityRef, groups: caller.groups }
    : { service };
}

function toKey(
  ask: NewKey,
  grants: Grant[],
  { directory }: AccessContext,
  now: Date,
): StoredKey {
  const { caller, secret, tenant } = ask;
  return {
    id: newId('key'),
    hash: hashKey(secret),
    display: displayKey(secret),
    name: ask.name,
    tenant: tenant.name,
    owner: caller.userEntityRef,
    backupOwner: ask.backupOwner,
    service: ask.service,
    models: modelsOf(ask, grants, directory),
    state: 'active',
    createdAt: now.toISOString(),
    expiresAt: daysAfter(now, ask.days),
  };
}

/**
 * The models of a new key, each with the grant behind it.
 *
 * @throws NotFoundError when one is unknown or not hers to call: the two are told alike
 */
export function modelsOf(
  ask: Pick<NewKey, 'caller' | 'tenant' | 'service' | 'models'>,
  grants: Grant[],
  directory: AccessContext['directory'],
): StoredKey['models'] {
  const { caller, tenant, service } = ask;
  const ownsService = service === undefined || ownsServices(caller, tenant);
  return keyModels({
    wanted: ask.models,
    tenant: tenant.name,
    principal:
      service === undefined
        ? { user: caller.userEntityRef, groups: caller.groups }
        : { service },
    grants: ownsService
      ? grants
      : grants.filter(grant => askedFor(grant, caller)),
    implicit: ownsService,
    directory,
  });
}

/** Whether every service of a tenant is the caller's to make keys for: the owners of the tenant use them all. */
export function ownsServices(
  caller: AccessCaller,
  tenant: AccessTenant,
): boolean {
  return caller.admin || isOwner(tenant, caller);
}

/** Whether the caller asked for a service's grant, and may so make keys for it. Who gave it unasked did not ask for it. */
export function askedFor(
  grant: Pick<Grant, 'requestedBy' | 'requestId'>,
  caller: AccessCaller,
): boolean {
  return (
    grant.requestId !== undefined && grant.requestedBy === caller.userEntityRef
  );
}

async function store(
  mutation: Mutation,
  {
    keys,
    answers,
    outcomes,
  }: {
    keys: StoredKey[];
    answers: AnswersOnce;
    outcomes: Outcome<IssuedOnce>[];
  },
): Promise<Outcome<IssuedOnce>[]> {
  const stored = await insertKeys(mutation.trx, keys);
  if (stored.size < keys.length) {
    // Only an imported key can be known already. In a group each is then tried alone.
    throw new ConflictError('This key is known here already. Issue a new one.');
  }
  await answers.save();
  for (const key of keys) {
    recordKey(mutation, key, { actor: key.owner, action: 'key-issued' });
  }
  return outcomes;
}
