import {
  ConflictError,
  InputError,
  NotAllowedError,
  NotFoundError,
} from '@backstage/errors';
import type { Knex } from 'knex';
import { answerOnce, Retriable } from './answerOnce';
import { checkRecipient, GiveAccess } from './checkGive';
import { AccessContext } from './context';
import { isOwnGrant, mayGive, mayRevoke } from './decisions/grantActions';
import { checkText, checkWhole, daysAfter } from './decisions/limits';
import { dueBounds } from './decisions/recertification';
import { sightOf, tenantToGiveFor } from './decisions/standing';
import { mutate, Mutation } from './database/mutate';
import { recertifyGrantRow } from './database/operations/grants/recertify';
import { findGrant } from './database/operations/grants/find';
import { GrantFilter, listGrants } from './database/operations/grants/list';
import { endGrants } from './ending';
import { extendGrant, giveGrant } from './giving';
import { checkNotBlocked } from './refuseBlocked';
import { AccessCaller, Grant, Page, PageQuery } from './types';

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
   * @throws InputError when the subject does not belong to the tenant
   * @throws NotAllowedError when she would give it to herself, or is blocked
   * @throws ConflictError when whom it is for, the model or the tenant is blocked
   */
  async give(
    caller: AccessCaller,
    ask: GiveAccess,
    retriable: Retriable = {},
  ): Promise<Grant> {
    const { directory } = this.#context;
    const now = this.#context.now();
    const model = directory.model(ask.model);
    if (!model || !mayGive({ caller, model })) {
      throw new NotFoundError(`There is no model ${ask.model} that you own.`);
    }
    const tenant = tenantToGiveFor(caller, directory, ask.tenant);
    const expiresAt = daysAfter(now, this.#days(ask.days));
    const subject = await checkRecipient(this.#context, caller, tenant, ask);
    const doing = { ...retriable, operation: 'give-grant', body: ask };
    const by = caller.userEntityRef;
    return this.#once(caller, doing, async mutation => {
      await checkNotBlocked(
        mutation.trx,
        {
          by,
          users: subject.kind === 'user' ? [subject.ref] : [],
          tenant: tenant.name,
          models: [ask.model],
        },
        "you can't give this access",
      );
      return giveGrant(mutation, {
        tenant: tenant.name,
        model: ask.model,
        subject,
        requestedBy: by,
        grantedBy: by,
        expiresAt,
      });
    });
  }

  /**
   * Lets a grant go on for so many days from now; its keys go on with it. For owners and admins, and not for a grant of one's own. What a block
   * stops can be prolonged too: it would end for good while the block holds.
   *
   * @throws NotFoundError when there is no such grant that the caller may see
   * @throws NotAllowedError when it is not hers to prolong, or she is blocked
   * @throws ConflictError when it has ended
   * @throws InputError when it holds longer than that: nothing is made shorter here
   */
  async extend(
    caller: AccessCaller,
    id: string,
    days: number,
    retriable: Retriable = {},
  ): Promise<Grant> {
    const now = this.#context.now();
    const expiresAt = daysAfter(now, this.#days(days));
    const doing = { ...retriable, operation: `extend-grant ${id}`, body: days };
    return this.#once(caller, doing, async mutation => {
      const grant = await this.#find(mutation.trx, caller, id);
      if (!this.#mayGive(caller, grant)) {
        throw new NotAllowedError(
          `Grant ${id} is not yours to prolong: ask for ${grant.model} again, and its owners decide.`,
        );
      }
      checkActive(grant, now);
      if (expiresAt < grant.expiresAt) {
        throw new InputError(
          `days: grant ${id} holds until ${grant.expiresAt} already, which is longer. Choose more days, or end it.`,
        );
      }
      const by = caller.userEntityRef;
      await checkNotBlocked(
        mutation.trx,
        { by },
        "you can't prolong what others have",
      );
      return extendGrant(mutation, grant, { expiresAt, grantedBy: by });
    });
  }

  /**
   * Notes that a grant is still needed. For owners and admins, and not for a grant of one's own.
   *
   * @throws NotFoundError when there is no such grant that the caller may see
   * @throws NotAllowedError when it is not hers to confirm
   * @throws ConflictError when it has ended
   */
  async recertify(
    caller: AccessCaller,
    id: string,
    retriable: Retriable = {},
  ): Promise<Grant> {
    const now = this.#context.now();
    const doing = {
      ...retriable,
      operation: `recertify-grant ${id}`,
      body: {},
    };
    return this.#once(caller, doing, async mutation => {
      const grant = await this.#find(mutation.trx, caller, id);
      if (!this.#mayGive(caller, grant)) {
        throw new NotAllowedError(
          `Grant ${id} is not yours to confirm: that is for another owner of ${grant.model} or of tenant ${grant.tenant}.`,
        );
      }
      checkActive(grant, now);
      const recertifiedAt = mutation.now.toISOString();
      await recertifyGrantRow(mutation.trx, id, recertifiedAt);
      mutation.audit({
        actor: caller.userEntityRef,
        action: 'grant-recertified',
        objectKind: 'grant',
        objectId: id,
        tenant: grant.tenant,
        details: { model: grant.model, subject: grant.subject.ref },
      });
      return { ...grant, recertifiedAt };
    });
  }

  /**
   * Ends a grant and the keys that hang off it: by an owner of its model or tenant, an admin, who asked for it, or who has it.
   * Ending it again changes nothing.
   *
   * @throws NotFoundError when there is no such grant that the caller may see
   * @throws NotAllowedError when it is not hers to end: she only shares it through a group
   */
  async revoke(
    caller: AccessCaller,
    id: string,
    { comment, ...retriable }: Retriable & { comment?: string } = {},
  ): Promise<Grant> {
    const doing = {
      ...retriable,
      operation: `revoke-grant ${id}`,
      body: comment,
    };
    const why =
      comment === undefined
        ? undefined
        : checkText('comment', comment, this.#context.limits.maxReasonLength);
    return this.#once(caller, doing, async mutation => {
      const grant = await this.#find(mutation.trx, caller, id);
      if (!mayRevoke(grant, this.#about(caller, grant))) {
        throw new NotAllowedError(
          `Grant ${id} is for ${grant.subject.kind} ${grant.subject.ref}: the owners of ${grant.model} and of tenant ${grant.tenant} can end it.`,
        );
      }
      if (grant.state === 'ended') {
        return grant;
      }
      await endGrants(mutation, [grant], {
        because: 'revoked',
        by: caller.userEntityRef,
        comment: why,
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
      dueBounds: dueBounds(
        this.#context.now(),
        this.#context.limits.recertifyDays,
      ),
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

  async #once(
    caller: AccessCaller,
    doing: Retriable & { operation: string; body: unknown },
    work: (mutation: Mutation) => Promise<Grant>,
  ): Promise<Grant> {
    const { knex } = this.#context;
    const { answer } = await mutate(knex, this.#context.now(), mutation =>
      answerOnce(mutation, { ...doing, actor: caller.userEntityRef }, () =>
        work(mutation),
      ),
    );
    return answer;
  }

  #about(caller: AccessCaller, grant: Grant) {
    const { directory } = this.#context;
    return {
      caller,
      model: directory.model(grant.model),
      tenant: directory.tenant(grant.tenant),
    };
  }

  #mayGive(caller: AccessCaller, grant: Grant): boolean {
    return mayGive(this.#about(caller, grant)) && !isOwnGrant(grant, caller);
  }

  #days(days: number): number {
    return checkWhole('days', days, {
      min: 1,
      max: this.#context.limits.maxGrantDays,
      unit: 'days',
    });
  }
}

function checkActive(grant: Grant, now: Date): void {
  if (grant.state === 'ended' || grant.expiresAt <= now.toISOString()) {
    throw new ConflictError(
      `Grant ${grant.id} has ended. What has ended does not come back: a new one is needed.`,
    );
  }
}
