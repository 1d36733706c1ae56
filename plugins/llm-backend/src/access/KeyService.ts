import { randomBytes } from 'node:crypto';
import {
  ConflictError,
  InputError,
  NotAllowedError,
  NotFoundError,
} from '@backstage/errors';
import {
  displayKey,
  formatKey,
  isImportableKey,
  KEY_BYTES,
} from '@slipway/plugin-llm-common';
import { answerOnce, Retriable } from './answerOnce';
import { AccessContext, hashKey, newId } from './context';
import { keyModels } from './decisions/keyModels';
import {
  checkText,
  checkWhole,
  daysAfter,
  earliest,
  hoursAfter,
} from './decisions/limits';
import { isMember, reachOf, sightOf, tenantOf } from './decisions/standing';
import { keyValidity, Principal } from './decisions/validity';
import { Lane } from './database/GroupCommit';
import { mutate, mutateInLane, Mutation } from './database/mutate';
import { grantsOfPrincipal } from './database/operations/grants/ofPrincipal';
import { findKey } from './database/operations/keys/find';
import { insertKey } from './database/operations/keys/insert';
import { keepKey } from './database/operations/keys/keep';
import { KeyFilter, listKeys } from './database/operations/keys/list';
import { succeedKey } from './database/operations/keys/succeed';
import { StoredKey, withoutHash } from './database/rows';
import { changeKey, endKey } from './ending';
import { IssuedOnce, issueKeys, modelsOf, NewKey } from './issuing';
import { recordKey } from './recordKey';
import { AccessCaller, AccessTenant, Key, Page, PageQuery } from './types';

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

/** A key and, the only time it is ever told, the secret. */
export interface IssuedKey {
  key: Key;
  /** Absent when this answers a retry: then nobody knows it any more but who got the first answer. */
  secret?: string;
}

/** Keys: issued, rotated, ended, listed. The key, the check of its grants, the audit row and the change commit together. */
export class KeyService {
  readonly #context: AccessContext;
  readonly #issues: Lane<NewKey, IssuedOnce>;

  static create(context: AccessContext): KeyService {
    return new KeyService(context);
  }

  private constructor(context: AccessContext) {
    this.#context = context;
    this.#issues = new Lane(issueKeys(context));
  }

  /**
   * Issues a key to the caller.
   *
   * @throws InputError when a field is missing or beyond a limit, which the message names
   * @throws NotFoundError when a model is unknown or not hers to call: the two are told alike
   */
  async issue(
    caller: AccessCaller,
    ask: IssueKey,
    retriable: Retriable = {},
  ): Promise<IssuedKey> {
    return this.#issue(
      caller,
      ask,
      formatKey(randomBytes(KEY_BYTES)),
      retriable,
    );
  }

  /**
   * Whether the caller could have this key: throws as {@link issue} does, and changes nothing. How many keys she has is not looked at.
   */
  async check(caller: AccessCaller, ask: IssueKey): Promise<void> {
    const { directory, knex, limits } = this.#context;
    checkText('name', ask.name, limits.maxNameLength);
    checkModels(ask.models, limits.maxModelsPerKey);
    if (ask.service !== undefined) {
      checkText('service', ask.service, limits.maxNameLength);
    }
    this.#days(ask.days);
    const tenant = tenantOf(caller, directory, ask.tenant);
    await this.#backupOwner(caller, tenant, ask);
    const service = ask.service?.trim();
    const grants = await grantsOfPrincipal(knex, {
      tenants: [tenant.name],
      principal:
        service === undefined
          ? { user: caller.userEntityRef, groups: caller.groups }
          : { service },
      now: this.#context.now(),
    });
    modelsOf({ ...ask, caller, tenant, service }, grants, directory);
  }

  /**
   * Takes over a key that another system made, so that its holder need not change anything. For admins only: whether a key is
   * known is not for everybody to find out.
   *
   * @throws NotAllowedError for everybody else
   * @throws InputError when the key could be guessed
   */
  async import(
    caller: AccessCaller,
    { secret, ...ask }: IssueKey & { secret: string },
    retriable: Retriable = {},
  ): Promise<Key> {
    if (!caller.admin) {
      throw new NotAllowedError('Only platform admins import keys.');
    }
    if (!isImportableKey(secret)) {
      throw new InputError(
        'secret: not a key that can be imported. It must begin with sk- and hold 128 random bits: 22 or more letters, digits, - or _.',
      );
    }
    const importing = { ...retriable, imported: true };
    return (await this.#issue(caller, ask, secret, importing)).key;
  }

  async #issue(
    caller: AccessCaller,
    ask: IssueKey,
    secret: string,
    retriable: Retriable & { imported?: boolean },
  ): Promise<IssuedKey> {
    const { imported } = retriable;
    const { directory, knex, limits } = this.#context;
    const now = this.#context.now();
    const name = checkText('name', ask.name, limits.maxNameLength);
    checkModels(ask.models, limits.maxModelsPerKey);
    const service =
      ask.service === undefined
        ? undefined
        : checkText('service', ask.service, limits.maxNameLength);
    const days = this.#days(ask.days);
    const tenant = tenantOf(caller, directory, ask.tenant);
    const backupOwner = await this.#backupOwner(caller, tenant, ask);

    const { answer, repeated } = await mutateInLane(knex, now, this.#issues, {
      caller,
      // A secret that is brought is part of what was asked; stored is the hash of it all.
      body: imported ? { ...ask, secret: hashKey(secret) } : ask,
      retriable,
      secret,
      name,
      tenant,
      service,
      backupOwner,
      models: ask.models,
      days,
    });
    return { key: answer, secret: repeated ? undefined : secret };
  }

  /**
   * Issues a successor with the same models; the old key works on for the overlap, and not at all without one.
   *
   * @throws NotFoundError when there is no such key that the caller may see, or its models are not to be had any more
   * @throws NotAllowedError when she is neither its owner nor its backup owner
   * @throws ConflictError when it has ended or was rotated before
   */
  async rotate(
    caller: AccessCaller,
    id: string,
    ask: { overlapHours: number; days?: number },
    retriable: Retriable = {},
  ): Promise<IssuedKey> {
    const { directory, knex, limits } = this.#context;
    const now = this.#context.now();
    const days = this.#days(ask.days);
    const overlapHours = checkWhole('overlapHours', ask.overlapHours, {
      min: 0,
      max: limits.maxOverlapHours,
      unit: 'hours',
    });
    const seen = await this.#find(caller, id);
    const principal = await this.#principalOf(seen);
    const secret = formatKey(randomBytes(KEY_BYTES));
    const { answer, repeated } = await mutate(knex, now, mutation =>
      answerOnce(
        mutation,
        {
          ...retriable,
          actor: caller.userEntityRef,
          operation: `rotate-key ${id}`,
          body: ask,
        },
        async () => {
          const old = await findKey(mutation.trx, id, { everything: true });
          checkRotatable(old, caller, now, directory.tenant(seen.tenant));
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
            actor: caller.userEntityRef,
            action: 'key-rotated',
            from: old.id,
          });
          const expiresAt = earliest(
            old.expiresAt,
            hoursAfter(now, overlapHours),
          );
          await succeedKey(mutation.trx, old.id, {
            successorId: next.id,
            expiresAt,
          });
          if (overlapHours === 0) {
            await endKey(mutation, old, {
              because: 'rotated',
              by: caller.userEntityRef,
            });
          } else {
            changeKey(mutation, { ...old, expiresAt });
          }
          return withoutHash(next);
        },
      ),
    );
    return { key: answer, secret: repeated ? undefined : secret };
  }

  /**
   * Ends a key for good: its owner, its backup owner, an owner of its tenant or an admin says so. Ending it again changes nothing.
   *
   * @throws NotFoundError when there is no such key that the caller may see
   */
  async revoke(
    caller: AccessCaller,
    id: string,
    because: 'revoked' | 'leaked' = 'revoked',
    retriable: Retriable = {},
  ): Promise<Key> {
    const doing = { ...retriable, operation: `${because}-key ${id}` };
    return this.#change(caller, id, doing, async (mutation, key) => {
      if (key.state === 'active') {
        await endKey(mutation, key, { because, by: caller.userEntityRef });
      }
    });
  }

  /**
   * Says that a key is to stay although nobody uses it; the days until it is ended as unused begin anew.
   *
   * @throws NotFoundError when there is no such key that the caller may see
   * @throws NotAllowedError when she is neither its owner nor its backup owner
   * @throws ConflictError when it has ended
   */
  async keep(
    caller: AccessCaller,
    id: string,
    retriable: Retriable = {},
  ): Promise<Key> {
    const doing = { ...retriable, operation: `keep-key ${id}` };
    return this.#change(caller, id, doing, async (mutation, key) => {
      if (![key.owner, key.backupOwner].includes(caller.userEntityRef)) {
        throw new NotAllowedError(
          `Only its owner and its backup owner can keep key ${id}.`,
        );
      }
      if (key.state !== 'active') {
        throw new ConflictError(`Key ${id} has ended. Issue a new one.`);
      }
      await keepKey(mutation.trx, id, mutation.now.toISOString());
      mutation.audit({
        actor: caller.userEntityRef,
        action: 'key-kept',
        objectKind: 'key',
        objectId: id,
        tenant: key.tenant,
        details: { owner: key.owner },
      });
    });
  }

  /**
   * One key.
   *
   * @throws NotFoundError when there is no such key that the caller may see: the two are told alike
   */
  async get(caller: AccessCaller, id: string): Promise<Key> {
    return withoutHash(await this.#find(caller, id));
  }

  /** A page of the keys that the caller may see: hers, those she backs up, and those of tenants that she owns. */
  async list(
    caller: AccessCaller,
    filter: KeyFilter = {},
    page: PageQuery = {},
  ): Promise<Page<Key>> {
    const { directory, knex } = this.#context;
    return listKeys(knex, {
      userEntityRef: caller.userEntityRef,
      sight: sightOf(caller, directory),
      filter,
      page,
    });
  }

  async #find(caller: AccessCaller, id: string): Promise<StoredKey> {
    const { directory, knex } = this.#context;
    const key = await findKey(knex, id, sightOf(caller, directory));
    if (!key) {
      throw noSuchKey(id);
    }
    return key;
  }

  /** Changes a key that the caller may act on, and answers with what it then is. */
  async #change(
    caller: AccessCaller,
    id: string,
    doing: Retriable & { operation: string },
    work: (mutation: Mutation, key: StoredKey) => Promise<void>,
  ): Promise<Key> {
    const { directory, knex } = this.#context;
    const reach = reachOf(caller, directory);
    const { answer } = await mutate(knex, this.#context.now(), mutation =>
      answerOnce(
        mutation,
        { ...doing, actor: caller.userEntityRef, body: {} },
        async () => {
          const key = await findKey(mutation.trx, id, reach);
          if (!key) {
            throw await this.#notHers(mutation, caller, id);
          }
          await work(mutation, key);
          const changed = await findKey(mutation.trx, id, reach);
          return withoutHash(changed ?? key);
        },
      ),
    );
    return answer;
  }

  /** Why she can't act on a key: an auditor is told that she only may look. */
  async #notHers({ trx }: Mutation, caller: AccessCaller, id: string) {
    const sight = sightOf(caller, this.#context.directory);
    return (await findKey(trx, id, sight))
      ? new NotAllowedError(`You may see key ${id}, and not change it.`)
      : noSuchKey(id);
  }

  #days(days: number | undefined): number {
    const { defaultKeyDays, maxKeyDays } = this.#context.limits;
    return checkWhole('days', days ?? Math.min(defaultKeyDays, maxKeyDays), {
      min: 1,
      max: maxKeyDays,
      unit: 'days',
    });
  }

  async #backupOwner(
    caller: AccessCaller,
    tenant: AccessTenant,
    { backupOwner }: IssueKey,
  ): Promise<string | undefined> {
    if (backupOwner === undefined) {
      return undefined;
    }
    const groups = await this.#context.directory.groupsOf(backupOwner);
    if (
      backupOwner === caller.userEntityRef ||
      !groups ||
      !isMember(tenant, groups)
    ) {
      throw new InputError(
        `backupOwner: another member of tenant ${tenant.name}, as an entity ref.`,
      );
    }
    return backupOwner;
  }

  async #principalOf(key: StoredKey): Promise<Principal> {
    if (key.service !== undefined) {
      return { service: key.service };
    }
    const groups = await this.#context.directory.groupsOf(key.owner);
    return { user: key.owner, groups: groups ?? [] };
  }
}

function noSuchKey(id: string): NotFoundError {
  return new NotFoundError(`There is no key ${id} that you may see.`);
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

function checkRotatable(
  key: StoredKey | undefined,
  caller: AccessCaller,
  now: Date,
  tenant: AccessTenant | undefined,
): asserts key is StoredKey {
  if (!key) {
    throw new NotFoundError('The key is gone.');
  }
  // The answer holds a secret, so nobody gets it for a key that is not hers: not an owner of the tenant, not an admin.
  if (![key.owner, key.backupOwner].includes(caller.userEntityRef)) {
    throw new NotAllowedError(
      `Only its owner and its backup owner can rotate key ${key.id}. You can revoke it.`,
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
