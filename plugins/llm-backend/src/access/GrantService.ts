import {
  ConflictError,
  NotAllowedError,
  NotFoundError,
} from '@backstage/errors';
import type { Knex } from 'knex';
import { AccessContext } from './context';
import { checkWhole, daysAfter } from './decisions/limits';
import { isOwner, isOwnRequest } from './decisions/requestState';
import { sightOf, tenantOf } from './decisions/standing';
import { mutate } from './database/mutate';
import { findGrant } from './database/operations/grants/find';
import { GrantFilter, listGrants } from './database/operations/grants/list';
import { endGrants } from './ending';
import { extendGrant, giveGrant } from './giving';
import { AccessCaller, Grant, Page, PageQuery, Subject } from './types';

/** Gives access without a request. */
export interface GiveAccess {
  /** `<namespace>/<name>`. */
  model: string;
  /** Not a service: whoever may give to a service of her tenant could use it herself. For a service one asks. */
  subject: Subject & { kind: 'user' | 'group' };
  /** One of the caller's tenants; needed only when she has several. */
  tenant?: string;
  days: number;
}

/** Grants: given by owners, prolonged, ended, listed. */
export class GrantService {
  readonly #context: AccessContext;

  static create(context: AccessContext): GrantService {
    return new GrantService(context);
  }

  private constructor(context: AccessContext) {
    this.#context = context;
  }

  /**
   * Gives access to a model that the caller owns, or any as an admin, for one of her tenants.
   *
   * @throws NotFoundError when the model is unknown or not hers: the two are told alike
   * @throws NotAllowedError when she would give it to herself
   */
  async give(caller: AccessCaller, ask: GiveAccess): Promise<Grant> {
    const { directory, knex } = this.#context;
    const now = this.#context.now();
    const model = directory.model(ask.model);
    if (!model || !(caller.admin || isOwner(model, caller))) {
      throw new NotFoundError(`There is no model ${ask.model} that you own.`);
    }
    const tenant = tenantOf(caller, directory, ask.tenant);
    const expiresAt = daysAfter(now, this.#days(ask.days));
    // For what she gives, nobody asked: the requester is left out of the question whether it is her own.
    if (isOwnRequest({ requester: '', subject: ask.subject }, caller)) {
      throw new NotAllowedError(
        `Nobody gives access to themselves, not through a group either. Ask for ${ask.model}, and another owner decides.`,
      );
    }
    return mutate(knex, now, mutation =>
      giveGrant(mutation, {
        tenant: tenant.name,
        model: ask.model,
        subject: ask.subject,
        requestedBy: caller.userEntityRef,
        grantedBy: caller.userEntityRef,
        expiresAt,
      }),
    );
  }

  /**
   * Lets a grant go on for so many days from now; its keys go on with it. For owners and admins, and not for a grant of one's own.
   *
   * @throws NotFoundError when there is no such grant that the caller may see
   * @throws NotAllowedError when it is not hers to prolong
   * @throws ConflictError when it has ended
   */
  async extend(caller: AccessCaller, id: string, days: number): Promise<Grant> {
    const now = this.#context.now();
    const expiresAt = daysAfter(now, this.#days(days));
    return mutate(this.#context.knex, now, async mutation => {
      const grant = await this.#find(mutation.trx, caller, id);
      // A grant that was given without a request was asked for by nobody.
      const requester = grant.requestId === undefined ? '' : grant.requestedBy;
      const own = isOwnRequest({ requester, subject: grant.subject }, caller);
      if (own || !this.#owns(caller, grant)) {
        throw new NotAllowedError(
          `Grant ${id} is not yours to prolong: ask for ${grant.model} again, and its owners decide.`,
        );
      }
      if (grant.state === 'ended' || grant.expiresAt <= now.toISOString()) {
        throw new ConflictError(
          `Grant ${id} has ended. What has ended does not come back: a new one is needed.`,
        );
      }
      return extendGrant(mutation, grant, {
        expiresAt,
        grantedBy: caller.userEntityRef,
      });
    });
  }

  /**
   * Ends a grant and the keys that hang off it: by an owner of its model or tenant, an admin, who asked for it, or who has it.
   * Ending it again changes nothing.
   *
   * @throws NotFoundError when there is no such grant that the caller may see
   * @throws NotAllowedError when it is not hers to end: she only shares it through a group
   */
  async revoke(caller: AccessCaller, id: string): Promise<Grant> {
    return mutate(this.#context.knex, this.#context.now(), async mutation => {
      const grant = await this.#find(mutation.trx, caller, id);
      const { requestedBy, subject } = grant;
      const holds =
        requestedBy === caller.userEntityRef ||
        (subject.kind === 'user' && subject.ref === caller.userEntityRef);
      if (!holds && !this.#owns(caller, grant)) {
        throw new NotAllowedError(
          `Grant ${id} is shared by group ${subject.ref}: the owners of ${grant.model} can end it.`,
        );
      }
      if (grant.state === 'ended') {
        return grant;
      }
      await endGrants(mutation, [grant], {
        because: 'revoked',
        by: caller.userEntityRef,
      });
      return this.#find(mutation.trx, caller, id);
    });
  }

  /**
   * One grant.
   *
   * @throws NotFoundError when there is no such grant that the caller may see: the two are told alike
   */
  async get(caller: AccessCaller, id: string): Promise<Grant> {
    return this.#find(this.#context.knex, caller, id);
  }

  /** A page of the grants that the caller may see: hers and her groups', and those of tenants and models that she owns. */
  async list(
    caller: AccessCaller,
    filter: GrantFilter = {},
    page: PageQuery = {},
  ): Promise<Page<Grant>> {
    const { directory, knex } = this.#context;
    return listGrants(knex, {
      userEntityRef: caller.userEntityRef,
      sight: sightOf(caller, directory),
      filter,
      page,
    });
  }

  async #find(knex: Knex, caller: AccessCaller, id: string): Promise<Grant> {
    const grant = await findGrant(
      knex,
      id,
      sightOf(caller, this.#context.directory),
    );
    if (!grant) {
      throw new NotFoundError(`There is no grant ${id} that you may see.`);
    }
    return grant;
  }

  #owns(caller: AccessCaller, grant: Grant): boolean {
    const { directory } = this.#context;
    return (
      caller.admin ||
      isOwner(directory.model(grant.model), caller) ||
      isOwner(directory.tenant(grant.tenant), caller)
    );
  }

  #days(days: number): number {
    return checkWhole('days', days, {
      min: 1,
      max: this.#context.limits.maxGrantDays,
      unit: 'days',
    });
  }
}
