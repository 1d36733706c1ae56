import { AccessContext } from './context';
import { lostModels } from './decisions/keyModels';
import { hasLeft } from './decisions/standing';
import { isOpenTo, Principal } from './decisions/validity';
import { mutate, Mutation } from './database/mutate';
import { holdersOf } from './database/operations/holders';
import { selectGrants } from './database/operations/grants/select';
import { dropBackupOwner } from './database/operations/keys/dropBackupOwner';
import { handOverKey } from './database/operations/keys/handOver';
import { implicitModels } from './database/operations/keys/implicitModels';
import { selectKeys } from './database/operations/keys/select';
import { timedOutRequests } from './database/operations/requests/timedOut';
import { updateRequest } from './database/operations/requests/update';
import type { StoredKey } from './database/rows';
import { changeKey, endGrants, endKey, takeModels } from './ending';

/** Rows of one kind that one transaction works on, so that nobody waits long for the lock. */
const BATCH = 200;

/** Through whom leavers lose what they hold. */
const MEMBERSHIP = 'system:membership';

/**
 * Writes down what time and the world have ended. Nothing waits for it on the request path: what ran out is refused by the
 * clock of the authorizer, and what somebody may no longer do by her groups. This makes it final, and evident.
 */
export class Upkeep {
  readonly #context: AccessContext;

  static create(context: AccessContext): Upkeep {
    return new Upkeep(context);
  }

  private constructor(context: AccessContext) {
    this.#context = context;
  }

  /**
   * Ends requests, grants and keys whose time is over, a batch of each.
   *
   * @returns how many; call again while there are any
   */
  async endExpired(): Promise<number> {
    const now = this.#context.now();
    const expiredBy = now.toISOString();
    const ending = { because: 'expired', by: 'system:clock' } as const;
    return mutate(this.#context.knex, now, async mutation => {
      const { trx } = mutation;
      const requests = await timedOutRequests(trx, now, BATCH);
      for (const request of requests) {
        await updateRequest(trx, request.id, {
          state: 'expired',
          waitsFor: request.waitsFor,
          decidedBy: ending.by,
          decidedAt: expiredBy,
        });
        mutation.audit({
          actor: ending.by,
          action: 'request-expired',
          objectKind: 'request',
          objectId: request.id,
          tenant: request.tenant,
          details: { expiresAt: request.expiresAt },
        });
      }
      const grants = await selectGrants(trx, { expiredBy, limit: BATCH });
      await endGrants(mutation, grants, ending);
      const keys = await selectKeys(trx, { expiredBy, limit: BATCH });
      for (const key of keys) {
        // A key that was rotated ran out because its successor took over.
        const because = key.successorId ? 'rotated' : ending.because;
        await endKey(mutation, key, { because, by: ending.by });
      }
      return requests.length + grants.length + keys.length;
    });
  }

  /**
   * Ends keys that nobody has used for so many days, a batch of them.
   *
   * @returns how many; call again while there are any
   */
  async endUnused(days: number): Promise<number> {
    const now = this.#context.now();
    const unusedSince = new Date(
      now.getTime() - days * 86_400_000,
    ).toISOString();
    return mutate(this.#context.knex, now, async mutation => {
      const keys = await selectKeys(mutation.trx, {
        unusedSince,
        limit: BATCH,
      });
      for (const key of keys) {
        await endKey(mutation, key, { because: 'unused', by: 'system:clock' });
      }
      return keys.length;
    });
  }

  /**
   * Looks anew at what somebody holds, after she left or her groups changed: her grants and personal keys end where she is no
   * member of the tenant any more, keys lose the models that she got through a group or that are no longer open to her, keys of
   * services pass to their backup owner if that one is a member still, and she is nobody's backup owner any more where she is not.
   */
  async recheckUser(userEntityRef: string): Promise<void> {
    const { directory, knex } = this.#context;
    const groups = await directory.groupsOf(userEntityRef);
    const left = (tenantName: string) =>
      hasLeft(directory.tenant(tenantName), groups);
    // Asked before the lock is taken: whoever answers may need a connection.
    const heirs = await this.#heirsOf(userEntityRef);
    await mutate(knex, this.#context.now(), async mutation => {
      const { trx } = mutation;
      // Keys first, so that they say why: because she left, and not because a grant did.
      for (const key of await selectKeys(trx, { owner: userEntityRef })) {
        if (left(key.tenant)) {
          await this.#passOn(mutation, key, heirs);
        } else if (key.service === undefined) {
          const user = { user: userEntityRef, groups: groups ?? [] };
          await this.#narrow(mutation, key, user);
        }
      }
      const backups = await selectKeys(trx, { backupOwner: userEntityRef });
      for (const key of backups.filter(({ tenant }) => left(tenant))) {
        await this.#dropBackup(mutation, key);
      }
      const gone = { because: 'left', by: MEMBERSHIP } as const;
      const grants = await selectGrants(trx, { user: userEntityRef });
      await endGrants(
        mutation,
        grants.filter(grant => left(grant.tenant)),
        gone,
      );
    });
  }

  /**
   * Looks anew at the keys that hang off a model's own `spec.access`, after that was narrowed. Of somebody whose groups are not known
   * nothing is taken here: if she has left, {@link recheckUser} does.
   */
  async recheckModel(modelRef: string): Promise<void> {
    const { directory, knex } = this.#context;
    const model = directory.model(modelRef);
    if (!model || model.access.public) {
      return;
    }
    // Asked before the lock is taken: whoever answers may take a while.
    const principals = new Map<string, Principal>();
    for (const key of await selectKeys(knex, { implicitModel: modelRef })) {
      const principal = await this.#principalOf(key);
      if (principal && !isOpenTo(model, principal)) {
        principals.set(key.id, principal);
      }
    }
    const ids = [...principals.keys()];
    for (let start = 0; start < ids.length; start += BATCH) {
      await mutate(knex, this.#context.now(), async mutation => {
        const batch = ids.slice(start, start + BATCH);
        for (const key of await selectKeys(mutation.trx, { ids: batch })) {
          const principal = principals.get(key.id);
          if (principal) {
            await this.#narrow(mutation, key, principal);
          }
        }
      });
    }
  }

  /** {@link recheckModel} for every model that keys hang off without a grant: after a start, when a change may have been missed. */
  async recheckModels(): Promise<void> {
    const failures: unknown[] = [];
    for (const model of await implicitModels(this.#context.knex)) {
      // One that can't be looked at keeps nobody from the others.
      await this.recheckModel(model).catch(error => failures.push(error));
    }
    if (failures.length > 0) {
      throw new AggregateError(
        failures,
        `Keys of ${failures.length} models could not be looked at`,
      );
    }
  }

  /**
   * Looks anew at what people hold of tenants that they are no members of, though they have not left: groups were taken out of the tenant, or it
   * was away while they left its groups. Now and then and not at once, so that a slip of the pen in a tenant can be undone: what people call
   * themselves is refused meanwhile, and their keys of services can't be rotated. Of somebody whose groups are not known nothing is taken
   * here, as in {@link recheckModel}.
   */
  async recheckTenants(): Promise<void> {
    const { directory, knex } = this.#context;
    for (const tenant of directory.tenants()) {
      for (const user of await holdersOf(knex, tenant.name)) {
        const groups = await directory.groupsOf(user);
        if (groups && hasLeft(tenant, groups)) {
          await this.recheckUser(user);
        }
      }
    }
  }

  async #principalOf(key: StoredKey): Promise<Principal | undefined> {
    if (key.service !== undefined) {
      return { service: key.service };
    }
    const groups = await this.#context.directory.groupsOf(key.owner);
    return groups && { user: key.owner, groups };
  }

  async #narrow(
    mutation: Mutation,
    key: StoredKey,
    principal: Principal,
  ): Promise<void> {
    const ids = key.models.flatMap(({ grantId }) => grantId ?? []);
    const grants = await selectGrants(mutation.trx, { ids });
    const lost = lostModels(key, {
      principal,
      grants: new Map(grants.map(grant => [grant.id, grant])),
      directory: this.#context.directory,
    });
    await takeModels(mutation, key, lost, {
      because: 'narrowed',
      by: MEMBERSHIP,
    });
  }

  /** Groups of those who back up keys of services of this owner, by entity ref. */
  async #heirsOf(
    owner: string,
  ): Promise<ReadonlyMap<string, string[] | undefined>> {
    const { directory, knex } = this.#context;
    const heirs = new Map<string, string[] | undefined>();
    for (const { backupOwner } of await selectKeys(knex, { owner })) {
      if (backupOwner !== undefined && !heirs.has(backupOwner)) {
        heirs.set(backupOwner, await directory.groupsOf(backupOwner));
      }
    }
    return heirs;
  }

  /**
   * A key of a service passes to its backup owner, if she belongs to the tenant; every other key ends. Nobody checks at the call whether who
   * looks after a service is still there, so this is where it is made sure.
   */
  async #passOn(
    mutation: Mutation,
    key: StoredKey,
    heirs: ReadonlyMap<string, string[] | undefined>,
  ): Promise<void> {
    const heir = key.service === undefined ? undefined : key.backupOwner;
    const tenant = this.#context.directory.tenant(key.tenant);
    if (heir === undefined || hasLeft(tenant, heirs.get(heir))) {
      await endKey(mutation, key, { because: 'left', by: MEMBERSHIP });
      return;
    }
    await handOverKey(mutation.trx, key.id, heir);
    mutation.audit({
      actor: MEMBERSHIP,
      action: 'key-handed-over',
      objectKind: 'key',
      objectId: key.id,
      tenant: key.tenant,
      details: { from: key.owner, to: heir },
    });
    changeKey(mutation, { ...key, owner: heir, backupOwner: undefined });
  }

  /** The authorizers know nothing of backup owners, so they need not hear of it. */
  async #dropBackup(mutation: Mutation, key: StoredKey): Promise<void> {
    await dropBackupOwner(mutation.trx, key.id);
    mutation.audit({
      actor: MEMBERSHIP,
      action: 'key-backup-left',
      objectKind: 'key',
      objectId: key.id,
      tenant: key.tenant,
      details: { owner: key.owner, backupOwner: key.backupOwner },
    });
  }
}
