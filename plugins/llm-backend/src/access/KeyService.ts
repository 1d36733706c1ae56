import { randomBytes } from 'node:crypto';
import {
  ConflictError,
  InputError,
  NotAllowedError,
  NotFoundError,
} from '@backstage/errors';
import {
  formatKey,
  isImportableKey,
  KEY_BYTES,
} from '@slipway/plugin-llm-common';
import { answerOnce, Retriable } from './answerOnce';
import { checkKeyAsk, IssueKey, keyDays } from './checkKeyAsk';
import { AccessContext, hashKey } from './context';
import { checkWhole } from './decisions/limits';
import { holdsKey, reachOf, sightOf } from './decisions/standing';
import { Principal } from './decisions/validity';
import { Lane } from './database/GroupCommit';
import { mutate, mutateInLane, Mutation } from './database/mutate';
import { grantsOfPrincipal } from './database/operations/grants/ofPrincipal';
import { findKey } from './database/operations/keys/find';
import { keepKey } from './database/operations/keys/keep';
import { KeyFilter, listKeys } from './database/operations/keys/list';
import { StoredKey, withoutHash } from './database/rows';
import { endKey } from './ending';
import {
  blockableFor,
  IssuedOnce,
  issueKeys,
  modelsOf,
  NewKey,
  REFUSED,
} from './issuing';
import { checkNotBlocked } from './refuseBlocked';
import { rotateKey } from './rotating';
import { AccessCaller, AccessTenant, Key, Page, PageQuery } from './types';

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
   * @throws NotAllowedError when she is blocked
   * @throws ConflictError when her tenant or one of the models is
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
   *
   * @returns the tenant that it would be of
   */
  async check(caller: AccessCaller, ask: IssueKey): Promise<AccessTenant> {
    const { directory, knex } = this.#context;
    const checked = await checkKeyAsk(this.#context, caller, ask);
    const { service, tenant } = checked;
    const grants = await grantsOfPrincipal(knex, {
      tenants: [tenant.name],
      principal:
        service === undefined
          ? { user: caller.userEntityRef, groups: caller.groups }
          : { service },
      now: this.#context.now(),
    });
    modelsOf({ ...checked, caller }, grants, directory);
    await checkNotBlocked(knex, blockableFor({ ...checked, caller }), REFUSED);
    return tenant;
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
    const { knex } = this.#context;
    const now = this.#context.now();
    const checked = await checkKeyAsk(this.#context, caller, ask);
    const { answer, repeated } = await mutateInLane(knex, now, this.#issues, {
      caller,
      // A secret that is brought is part of what was asked; stored is the hash of it all.
      body: imported ? { ...ask, secret: hashKey(secret) } : ask,
      retriable,
      secret,
      ...checked,
    });
    return { key: answer, secret: repeated ? undefined : secret };
  }

  /**
   * Issues a successor with the same models; the old key works on for the overlap, and not at all without one.
   *
   * @throws NotFoundError when there is no such key that the caller may see, or its models are not to be had any more
   * @throws NotAllowedError when she is neither its owner nor its backup owner, has left its tenant, or is blocked
   * @throws ConflictError when it has ended or was rotated before; or when it, its owner, its tenant or all its models are blocked
   */
  async rotate(
    caller: AccessCaller,
    id: string,
    ask: { overlapHours: number; days?: number },
    retriable: Retriable = {},
  ): Promise<IssuedKey> {
    const { knex, limits } = this.#context;
    const days = keyDays(this.#context, ask.days);
    const overlapHours = checkWhole('overlapHours', ask.overlapHours, {
      min: 0,
      max: limits.maxOverlapHours,
      unit: 'hours',
    });
    const seen = await this.#find(caller, id);
    const principal = await this.#principalOf(seen);
    const secret = formatKey(randomBytes(KEY_BYTES));
    const { answer, repeated } = await mutate(
      knex,
      this.#context.now(),
      mutation =>
        answerOnce(
          mutation,
          {
            ...retriable,
            actor: caller.userEntityRef,
            operation: `rotate-key ${id}`,
            body: ask,
          },
          () =>
            rotateKey(mutation, this.#context, {
              id,
              caller,
              principal,
              secret,
              overlapHours,
              days,
            }),
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
   * @throws NotAllowedError when she is neither its owner nor its backup owner, or has left its tenant
   * @throws ConflictError when it has ended
   */
  async keep(
    caller: AccessCaller,
    id: string,
    retriable: Retriable = {},
  ): Promise<Key> {
    const doing = { ...retriable, operation: `keep-key ${id}` };
    return this.#change(caller, id, doing, async (mutation, key) => {
      const tenant = this.#context.directory.tenant(key.tenant);
      if (!holdsKey(key, caller, tenant)) {
        throw new NotAllowedError(
          `Only its owner and its backup owner can keep key ${id}, as members of its tenant.`,
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
