import { EndReason, Grant, KeyModel } from './types';
import { grantEntry, keyEntry } from './indexEntries';
import type { Mutation } from './database/mutate';
import { endGrantRow } from './database/operations/grants/end';
import { endKeyRow } from './database/operations/keys/end';
import { endKeyModels } from './database/operations/keys/endModels';
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
  for (const key of await selectKeys(trx, { grantIds: [...ended] })) {
    await takeModels(
      mutation,
      key,
      key.models.filter(({ grantId }) => grantId && ended.has(grantId)),
      { because: 'grant-ended', by },
    );
  }
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
  const names = lost.map(({ model }) => model);
  await endKeyModels(mutation.trx, key.id, names);
  const left = key.models.filter(({ model }) => !names.includes(model));
  if (left.length === 0) {
    await endKey(mutation, key, ending);
    return;
  }
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

/** Ends a key for good. */
export async function endKey(
  mutation: Mutation,
  key: StoredKey,
  { because, by }: Ending,
): Promise<void> {
  const at = mutation.now.toISOString();
  await endKeyRow(mutation.trx, key.id, { because, at, by });
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

/** Tells the authorizers what a key is now. */
export function changeKey(mutation: Mutation, key: StoredKey): void {
  mutation.change({ kind: 'key', id: key.id, entry: keyEntry(key) });
}

/** Tells the authorizers what a grant is now. */
export function changeGrant(mutation: Mutation, grant: Grant): void {
  mutation.change({ kind: 'grant', id: grant.id, entry: grantEntry(grant) });
}
