import { changeKey } from './ending';
import type { Mutation } from './database/mutate';
import type { StoredKey } from './database/rows';

/** Writes down that a key was made, and tells the authorizers. */
export function recordKey(
  mutation: Mutation,
  key: StoredKey,
  what: { actor: string; action: 'key-issued' | 'key-rotated'; from?: string },
): void {
  mutation.audit({
    actor: what.actor,
    action: what.action,
    objectKind: 'key',
    objectId: key.id,
    tenant: key.tenant,
    details: {
      name: key.name,
      owner: key.owner,
      service: key.service,
      models: key.models.map(({ model }) => model).join(' '),
      expiresAt: key.expiresAt,
      from: what.from,
    },
  });
  changeKey(mutation, key);
}
