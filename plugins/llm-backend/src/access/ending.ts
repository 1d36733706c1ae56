import { EndReason, Grant, KeyModel } from './types';
import { grantEntry, keyEntry } from './indexEntries';
import type { Mutation } from './database/mutate';
import { endGrantRow } from './database/operations/grants/end';
import { endKeyRows } from './database/operations/keys/end';
import { endKeyModels } from './database/operations/keys/endModels';
import { endModelsOfGrants } from './database/operations/keys/endModelsOfGrants';
import { selectKeys } from './database/operations/keys/select';
import type { StoredKey } from './database/rows';

/** Why something ends, and through whom. */
export interface Ending {
  because: EndReason;
  /** A user, or `system:<what>`. */
  by: string;
  /** What she says to it. */
  comment?: string;
}

/** Ends grants, and with them what hangs off them: a key loses the model, and with its last model ends itself. */
export async function endGrants(
  mutation: Mutation,
  grants: Grant[],
  { because, by, comment }: Ending,
): Promise<void> {
  if (grants.length === 0) {
    return;
  }
  const { trx, now } = mutation;
  for (const grant of grants) {
    await endGrantRow(trx, grant.id, { because, at: now.toISOString() });
    mutation.audit({
      actor: by,
      action: 'grant-ended',
      objectKind: 'grant',
      objectId: grant.id,
      tenant: grant.tenant,
      details: {
        because,
        model: grant.model,
        subject: grant.subject.ref,
        comment,
      },
    });
    mutation.change({ kind: 'grant', id: grant.id });
  }
  const ended = new Set(grants.map(({ id }) => id));
  const ending = { because: 'grant-ended', by } as const;
  const keys = await selectKeys(trx, { grantIds: [...ended] });
  // All at once and not key by key: tens of thousands may hang off a group's grant, and everybody else waits for the lock.
  await endModelsOfGrants(
    trx,
    keys.map(({ id }) => id),
    [...ended],
  );
  const emptied = keys.filter(key => {
    const lost = key.models.filter(
      ({ grantId }) => grantId && ended.has(grantId),
    );
    return noteLost(mutation, key, lost, ending).length === 0;
  });
  await endKeys(mutation, emptied, ending);
}

/** Takes models away from a key; without any left it ends. */
export async function takeModels(
  mutation: Mutation,
  key: StoredKey,
  lost: KeyModel[],
  ending: Ending,
): Promise<void> {
  if (lost.length === 0) {
    return;
  }
  await endKeyModels(
    mutation.trx,
    key.id,
    lost.map(({ model }) => model),
  );
  if (noteLost(mutation, key, lost, ending).length === 0) {
    await endKey(mutation, key, ending);
  }
}

/** Notes what a key has lost, and returns what it still has; without anything left it is to be ended, and nothing is noted. */
function noteLost(
  mutation: Mutation,
  key: StoredKey,
  lost: KeyModel[],
  ending: Ending,
): KeyModel[] {
  const names = lost.map(({ model }) => model);
  const left = key.models.filter(({ model }) => !names.includes(model));
  if (left.length > 0) {
    mutation.audit({
      actor: ending.by,
      action: 'key-narrowed',
      objectKind: 'key',
      objectId: key.id,
      tenant: key.tenant,
      details: { because: ending.because, models: names.join(' ') },
    });
    changeKey(mutation, { ...key, models: left });
  }
  return left;
}

/** Ends a key for good. */
export async function endKey(
  mutation: Mutation,
  key: StoredKey,
  ending: Ending,
): Promise<void> {
  await endKeys(mutation, [key], ending);
}

async function endKeys(
  mutation: Mutation,
  keys: StoredKey[],
  { because, by }: Ending,
): Promise<void> {
  const at = mutation.now.toISOString();
  await endKeyRows(
    mutation.trx,
    keys.map(({ id }) => id),
    { because, at, by },
  );
  for (const key of keys) {
    mutation.audit({
      actor: by,
      action: 'key-ended',
      objectKind: 'key',
      objectId: key.id,
      tenant: key.tenant,
      details: { because, owner: key.owner },
    });
    mutation.change({ kind: 'key', id: key.id });
  }
}

/** Tells the authorizers what a key is now. */
export function changeKey(mutation: Mutation, key: StoredKey): void {
  mutation.change({ kind: 'key', id: key.id, entry: keyEntry(key) });
}

/** Tells the authorizers what a grant is now. */
export function changeGrant(mutation: Mutation, grant: Grant): void {
  mutation.change({ kind: 'grant', id: grant.id, entry: grantEntry(grant) });
}
