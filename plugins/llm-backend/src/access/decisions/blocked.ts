import type { AccessStanding } from '@slipway/plugin-llm-common';
import type { AccessCaller, Block, Grant, Key } from '../types';
import { grantValidity, keyValidity, Validity, World } from './validity';

/** Whether the kill switch stops something, as far as that was looked up. */
export type IsBlocked = (target: Block['target'], ref: string) => boolean;

/** What a standing depends on besides the row. */
type Seen = World & { isBlocked: IsBlocked };

/**
 * How a key stands: whether a call with it gets through, and why not, in the order in which the authorizer looks. A block of models counts
 * once it stops them all.
 */
export function keyStanding(key: Key, seen: Seen): AccessStanding {
  const { isBlocked } = seen;
  const { id, models, owner, tenant } = key;
  const ofOwner = isBlocked('user', owner) ? 'user-blocked' : undefined;
  return toStanding(key, keyValidity(key, seen), {
    caller: isBlocked('key', id) ? 'key-blocked' : ofOwner,
    tenant: isBlocked('tenant', tenant),
    models:
      models.length > 0 &&
      models.every(({ model }) => isBlocked('model', model)),
  });
}

/**
 * How a grant stands for somebody who sees it. One for a person is stopped with her; of one for a group the block of a member stops her calls
 * alone, so only she is told; a service goes on by the keys of others.
 */
export function grantStanding(
  grant: Grant,
  seen: Seen & { caller: Pick<AccessCaller, 'userEntityRef' | 'groups'> },
): AccessStanding {
  const { caller, isBlocked } = seen;
  const { model, subject, tenant } = grant;
  const isStopped =
    (subject.kind === 'user' && isBlocked('user', subject.ref)) ||
    (subject.kind === 'group' &&
      caller.groups.includes(subject.ref) &&
      isBlocked('user', caller.userEntityRef));
  return toStanding(grant, grantValidity(grant, seen), {
    caller: isStopped ? 'user-blocked' : undefined,
    tenant: isBlocked('tenant', tenant),
    models: isBlocked('model', model),
  });
}

function toStanding(
  { endedAt, expiresAt }: Pick<Grant, 'endedAt' | 'expiresAt'>,
  validity: Validity,
  blocked: {
    caller: 'key-blocked' | 'user-blocked' | undefined;
    tenant: boolean;
    models: boolean;
  },
): AccessStanding {
  if (validity.state === 'ended') {
    return { ...validity, at: endedAt ?? expiresAt };
  }
  const dormant = validity.state === 'dormant' ? validity : undefined;
  if (blocked.caller) {
    return { state: 'blocked', because: blocked.caller };
  }
  if (dormant?.because === 'tenant-absent') {
    return dormant;
  }
  if (blocked.tenant) {
    return { state: 'blocked', because: 'tenant-blocked' };
  }
  if (dormant) {
    return dormant;
  }
  return blocked.models
    ? { state: 'blocked', because: 'model-blocked' }
    : { state: 'valid' };
}
