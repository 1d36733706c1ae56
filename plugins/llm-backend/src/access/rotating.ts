import {
  ConflictError,
  NotAllowedError,
  NotFoundError,
} from '@backstage/errors';
import { displayKey } from '@slipway/plugin-llm-common';
import { AccessContext, hashKey, newId } from './context';
import { keyModels } from './decisions/keyModels';
import { daysAfter, earliest, hoursAfter } from './decisions/limits';
import { holdsKey } from './decisions/standing';
import { keyValidity, Principal } from './decisions/validity';
import { Mutation } from './database/mutate';
import { grantsOfPrincipal } from './database/operations/grants/ofPrincipal';
import { findKey } from './database/operations/keys/find';
import { insertKey } from './database/operations/keys/insert';
import { succeedKey } from './database/operations/keys/succeed';
import { StoredKey, withoutHash } from './database/rows';
import { changeKey, endKey } from './ending';
import { recordKey } from './recordKey';
import { BlockableAccess, blocksOn, refuseBlocked } from './refuseBlocked';
import { AccessCaller, AccessTenant, Key } from './types';

/** A key that is to get a successor. */
export interface Rotation {
  id: string;
  /** Who rotates it. */
  caller: AccessCaller;
  /** Who acts with the key. */
  principal: Principal;
  /** The secret of the successor. */
  secret: string;
  /** How long the old key works on; 0: not at all. */
  overlapHours: number;
  /** Life of the successor. */
  days: number;
}

/**
 * Makes the successor of a key, with the same models, and lets the old one run out.
 *
 * @throws NotFoundError when the key is gone, or its models are not to be had any more
 * @throws NotAllowedError when who rotates is neither its owner nor its backup owner, has left its tenant, or is blocked
 * @throws ConflictError when it has ended or was rotated before; or when it, its owner, its tenant or all its models are blocked
 */
export async function rotateKey(
  mutation: Mutation,
  { directory }: AccessContext,
  rotation: Rotation,
): Promise<Key> {
  const { caller, principal, secret, overlapHours, days } = rotation;
  const { now } = mutation;
  const by = caller.userEntityRef;
  const old = await findKey(mutation.trx, rotation.id, { everything: true });
  if (!old) {
    throw new NotFoundError('The key is gone.');
  }
  checkRotatable(old, caller, now, directory.tenant(old.tenant));
  await checkUnblocked(mutation, old, by);
  const next: StoredKey = {
    ...old,
    id: newId('key'),
    hash: hashKey(secret),
    display: displayKey(secret),
    models: keyModels({
      wanted: old.models.map(({ model }) => model),
      tenant: old.tenant,
      principal,
      grants: await grantsOfPrincipal(mutation.trx, {
        tenants: [old.tenant],
        principal,
        now,
      }),
      implicit: true,
      directory,
    }),
    createdAt: now.toISOString(),
    expiresAt: daysAfter(now, days),
    lastUsedAt: undefined,
    keptAt: undefined,
  };
  await insertKey(mutation.trx, next);
  recordKey(mutation, next, {
    actor: by,
    action: 'key-rotated',
    from: old.id,
  });
  const expiresAt = earliest(old.expiresAt, hoursAfter(now, overlapHours));
  await succeedKey(mutation.trx, old.id, {
    successorId: next.id,
    expiresAt,
  });
  if (overlapHours === 0) {
    await endKey(mutation, old, {
      because: 'rotated',
      by,
    });
  } else {
    changeKey(mutation, { ...old, expiresAt });
  }
  return withoutHash(next);
}

/** A successor would get around the block of its key; and one of what is blocked would open nothing. */
async function checkUnblocked(
  { trx }: Mutation,
  { id, owner, tenant, models }: StoredKey,
  by: string,
): Promise<void> {
  const refs = models.map(({ model }) => model);
  const about: BlockableAccess = { by, users: [owner], tenant, key: id };
  const isBlocked = await blocksOn(trx, [{ ...about, models: refs }]);
  const isOpen = refs.some(ref => !isBlocked('model', ref));
  refuseBlocked(
    isBlocked,
    // While it opens one model it can be rotated.
    { ...about, models: isOpen ? [] : refs },
    `key ${id} can't be rotated`,
  );
}

function checkRotatable(
  key: StoredKey,
  caller: AccessCaller,
  now: Date,
  tenant: AccessTenant | undefined,
): void {
  // The answer holds a secret, so nobody gets it for a key that is not hers: not an owner of the tenant, not an admin.
  if (!holdsKey(key, caller, tenant)) {
    throw new NotAllowedError(
      `Only its owner and its backup owner can rotate key ${key.id}, as members of its tenant. You can revoke it.`,
    );
  }
  const validity = keyValidity(key, { now, tenant });
  if (validity.state !== 'valid') {
    throw new ConflictError(
      `Key ${key.id} can't be rotated: ${validity.state}, ${validity.because}. Issue a new one.`,
    );
  }
  if (key.successorId !== undefined) {
    throw new ConflictError(
      `Key ${key.id} was rotated: rotate its successor ${key.successorId}.`,
    );
  }
}
