import {
  ConflictError,
  InputError,
  NotAllowedError,
  NotFoundError,
} from '@backstage/errors';
import type { Knex } from 'knex';
import { answerOnce, Retriable } from './answerOnce';
import type { AuditAction } from './auditChain';
import { AccessContext, newId } from './context';
import {
  checkCount,
  checkText,
  checkWhole,
  daysAfter,
} from './decisions/limits';
import { applyRules } from './decisions/requestRules';
import { isOwner, TakenStep, takeStep } from './decisions/requestState';
import { reachOf, sightOf, tenantOf } from './decisions/standing';
import { mayRenew } from './decisions/grantActions';
import { isOpenTo } from './decisions/validity';
import { mutate, Mutation } from './database/mutate';
import { findGrant } from './database/operations/grants/find';
import { addComment } from './database/operations/requests/addComment';
import { findRequest } from './database/operations/requests/find';
import { insertRequest } from './database/operations/requests/insert';
import {
  listRequests,
  RequestFilter,
} from './database/operations/requests/list';
import { findNewModel } from './database/operations/newModels/find';
import type { NewModel } from './database/operations/newModels/rows';
import { listComments } from './database/operations/requests/listComments';
import { openRequests } from './database/operations/requests/open';
import { updateRequest } from './database/operations/requests/update';
import { giveGrant, heldGrant } from './giving';
import {
  AccessCaller,
  AccessModel,
  AccessRequest,
  AccessTenant,
  Page,
  PageQuery,
  RequestComment,
  Subject,
} from './types';

/** Asks for access to a model. */
export interface AskForAccess {
  /** `<namespace>/<name>`. */
  model: string;
  reason: string;
  days: number;
  /** What load to expect, in the words of the one who asks. */
  expectedLoad?: string;
  /** One of the caller's tenants; needed only when she has several. */
  tenant?: string;
  /** For one of her groups, or a service of the tenant; for herself if absent. */
  subject?: { kind: 'group' | 'service'; ref: string };
}

const auditedAs: Record<TakenStep['step'], AuditAction> = {
  approve: 'request-approved',
  reject: 'request-rejected',
  'ask-back': 'request-asked-back',
  answer: 'request-answered',
  withdraw: 'request-withdrawn',
};

/** Requests for access, from the question to the decision. */
export class RequestService {
  readonly #context: AccessContext;

  static create(context: AccessContext): RequestService {
    return new RequestService(context);
  }

  private constructor(context: AccessContext) {
    this.#context = context;
  }

  /**
   * Asks for access to a model. A rule may approve at once; the request then comes back approved.
   *
   * @throws NotFoundError when the model is unknown or not for her to ask for: the two are told alike
   * @throws InputError when a field is missing or beyond a limit, which the message names
   * @throws ConflictError when she has that access, or asked for it already
   */
  async ask(
    caller: AccessCaller,
    ask: AskForAccess,
    retriable: Retriable = {},
  ): Promise<AccessRequest> {
    const { directory } = this.#context;
    const texts = this.#checkTexts(ask);
    const model = this.#askableModel(caller, ask.model);
    const tenant = tenantOf(caller, directory, ask.tenant);
    const subject = this.#subject(caller, tenant, model, ask);
    return this.#send(
      caller,
      { ...texts, tenant, model, subject },
      {
        ...retriable,
        body: ask,
      },
    );
  }

  /**
   * Asks for a grant to go on; an approval prolongs it, and its keys with it. For whom it is for, and who asked for it.
   *
   * @throws NotFoundError when there is no such grant that the caller may see
   * @throws NotAllowedError when it is not hers
   * @throws ConflictError when it has ended, or she asked already
   */
  async renew(
    caller: AccessCaller,
    grantId: string,
    ask: { days: number; reason: string },
    retriable: Retriable = {},
  ): Promise<AccessRequest> {
    const { directory, knex } = this.#context;
    const texts = this.#checkTexts(ask);
    const sight = sightOf(caller, directory);
    const grant = await findGrant(knex, grantId, sight);
    if (!grant) {
      throw new NotFoundError(`There is no grant ${grantId} that you may see.`);
    }
    if (!mayRenew(grant, caller)) {
      throw new NotAllowedError(
        `Grant ${grantId} is not yours to renew: who has it asks for more time, and its owners can prolong it.`,
      );
    }
    const now = this.#context.now().toISOString();
    if (grant.state === 'ended' || grant.expiresAt <= now) {
      throw new ConflictError(
        `Grant ${grantId} has ended. What has ended does not come back: ask for ${grant.model} again.`,
      );
    }
    const model = directory.model(grant.model);
    if (!model) {
      throw new ConflictError(
        `Model ${grant.model} is not there now: renew grant ${grantId} when it is back.`,
      );
    }
    const tenant = tenantOf(caller, directory, grant.tenant);
    return this.#send(
      caller,
      { ...texts, tenant, model, subject: grant.subject },
      { ...retriable, body: [grantId, ask] },
    );
  }

  async #send(
    caller: AccessCaller,
    wanted: Pick<
      AccessRequest,
      'reason' | 'expectedLoad' | 'days' | 'subject'
    > & { tenant: AccessTenant; model: AccessModel },
    retriable: Retriable & { body: unknown },
  ): Promise<AccessRequest> {
    const { knex } = this.#context;
    const now = this.#context.now();
    const { answer } = await mutate(knex, now, mutation =>
      answerOnce(
        mutation,
        {
          ...retriable,
          actor: caller.userEntityRef,
          operation: 'ask-for-access',
        },
        () =>
          this.#make(mutation, caller, {
            ...wanted,
            tenant: wanted.tenant.name,
            model: wanted.model.ref,
            requester: caller.userEntityRef,
          }),
      ),
    );
    return answer;
  }

  /**
   * Approves, rejects, asks back, answers or withdraws. Of two people who decide at once the second is told what the first decided.
   *
   * @throws NotFoundError when there is no such request that the caller may see
   * @throws NotAllowedError when the step is not hers to take; nobody decides on their own request
   * @throws ConflictError when it is decided or timed out, or its model or tenant is gone
   */
  async decide(
    caller: AccessCaller,
    id: string,
    taken: TakenStep,
    retriable: Retriable = {},
  ): Promise<AccessRequest> {
    const { directory, knex, limits } = this.#context;
    const now = this.#context.now();
    const comment =
      taken.comment === undefined
        ? undefined
        : checkText('comment', taken.comment, limits.maxReasonLength);
    const actor = caller.userEntityRef;
    if (taken.step === 'approve') {
      await this.#tryNewModel(caller, id);
    }
    const { answer } = await mutate(knex, now, mutation =>
      answerOnce(
        mutation,
        { ...retriable, actor, operation: `step ${id}`, body: taken },
        async () => {
          const request = await this.#find(mutation.trx, caller, id);
          const model = directory.model(request.model);
          const tenant = directory.tenant(request.tenant);
          const change = takeStep(
            request,
            { step: taken.step, comment },
            { caller, model, tenant, now },
          );
          if (taken.step === 'approve') {
            checkApprovable(request, model, tenant);
          }
          const days = checkGrantedDays(request, taken);
          const decided = { ...request, ...change };
          return this.#record(mutation, decided, {
            step: taken.step,
            actor,
            comment,
            days,
          });
        },
      ),
    );
    return answer;
  }

  /**
   * One request with what was said about it.
   *
   * @throws NotFoundError when there is no such request that the caller may see: the two are told alike
   */
  async get(
    caller: AccessCaller,
    id: string,
  ): Promise<
    AccessRequest & { comments: RequestComment[]; newModel?: NewModel }
  > {
    const { knex } = this.#context;
    const request = await this.#find(knex, caller, id);
    return {
      ...request,
      comments: await listComments(knex, id),
      newModel: request.kind && (await findNewModel(knex, id)),
    };
  }

  /** Before a new model is approved: whether the cluster would take it. Outside the transaction, for it waits for a network. */
  async #tryNewModel(caller: AccessCaller, id: string): Promise<void> {
    const { knex, newModels } = this.#context;
    const request = await this.#find(knex, caller, id);
    const model = request.kind && (await findNewModel(knex, id));
    if (model && request.state === 'pending') {
      await newModels?.check(model.manifest);
    }
  }

  /** A page of the requests that the caller may see: hers, and those about tenants and models that she owns. */
  async list(
    caller: AccessCaller,
    filter: RequestFilter = {},
    page: PageQuery = {},
  ): Promise<Page<AccessRequest>> {
    const { directory, knex } = this.#context;
    return listRequests(knex, {
      userEntityRef: caller.userEntityRef,
      groups: caller.groups,
      sight: sightOf(caller, directory),
      reach: reachOf(caller, directory),
      filter,
      page,
      now: this.#context.now(),
    });
  }

  async #find(
    knex: Knex,
    caller: AccessCaller,
    id: string,
  ): Promise<AccessRequest> {
    const request = await findRequest(
      knex,
      id,
      sightOf(caller, this.#context.directory),
    );
    if (!request) {
      throw new NotFoundError(`There is no request ${id} that you may see.`);
    }
    return request;
  }

  #checkTexts(ask: Pick<AskForAccess, 'reason' | 'days' | 'expectedLoad'>) {
    const { maxGrantDays, maxReasonLength } = this.#context.limits;
    return {
      reason: checkText('reason', ask.reason, maxReasonLength),
      expectedLoad:
        ask.expectedLoad === undefined
          ? undefined
          : checkText('expectedLoad', ask.expectedLoad, maxReasonLength),
      days: checkWhole('days', ask.days, {
        min: 1,
        max: maxGrantDays,
        unit: 'days',
      }),
    };
  }

  #askableModel(caller: AccessCaller, ref: string): AccessModel {
    const model = this.#context.directory.model(ref);
    const mayAsk =
      model &&
      (caller.admin ||
        model.requestable ||
        isOwner(model, caller) ||
        isOpenTo(model, {
          user: caller.userEntityRef,
          groups: caller.groups,
        }));
    if (!mayAsk) {
      throw new NotFoundError(`There is no model ${ref} that you may ask for.`);
    }
    return model;
  }

  #subject(
    caller: AccessCaller,
    tenant: AccessTenant,
    model: AccessModel,
    { subject }: AskForAccess,
  ): Subject {
    if (!subject) {
      const user = caller.userEntityRef;
      if (isOpenTo(model, { user, groups: caller.groups })) {
        throw new ConflictError(
          `Model ${model.ref} is open to you: you need no grant.`,
        );
      }
      return { kind: 'user', ref: user };
    }
    const { maxNameLength } = this.#context.limits;
    const ref = checkText('subject', subject.ref, maxNameLength);
    const ownGroup =
      caller.groups.includes(ref) && tenant.memberGroups.includes(ref);
    if (subject.kind === 'group' && !ownGroup) {
      throw new InputError(
        `subject: ${ref} is not a group of yours that belongs to tenant ${tenant.name}.`,
      );
    }
    return { kind: subject.kind, ref };
  }

  async #make(
    mutation: Mutation,
    caller: AccessCaller,
    wanted: Pick<
      AccessRequest,
      | 'tenant'
      | 'model'
      | 'requester'
      | 'subject'
      | 'reason'
      | 'expectedLoad'
      | 'days'
    >,
  ): Promise<AccessRequest> {
    const { limits, rules } = this.#context;
    const { trx, now } = mutation;
    const open = await openRequests(trx, wanted.requester, now);
    checkCount(
      'open requests per user (maxOpenRequestsPerUser)',
      open.length,
      limits.maxOpenRequestsPerUser,
      'Withdraw those that you do not need.',
    );
    checkNotAsked(open, wanted);
    const verdict = applyRules(rules, wanted, caller);
    const request: AccessRequest = {
      ...wanted,
      id: newId('req'),
      state: 'pending',
      waitsFor: 'approvers',
      approvers: verdict.approvers,
      rule: verdict.rule,
      renews: (await heldGrant(mutation, wanted))?.id,
      createdAt: now.toISOString(),
      expiresAt: daysAfter(now, limits.requestDays),
    };
    await insertRequest(trx, request);
    mutation.audit({
      actor: request.requester,
      action: 'request-made',
      objectKind: 'request',
      objectId: request.id,
      tenant: request.tenant,
      details: { model: request.model, days: request.days },
    });
    if (verdict.decision === 'ask') {
      return request;
    }
    const actor = `rule:${verdict.rule}`;
    return this.#record(
      mutation,
      {
        ...request,
        state: 'approved',
        decidedBy: actor,
        decidedAt: now.toISOString(),
      },
      { step: 'approve', actor },
    );
  }

  /** Writes down a step that was decided on, and gives the grant that an approval means. */
  async #record(
    mutation: Mutation,
    request: AccessRequest,
    taken: TakenStep & { actor: string },
  ): Promise<AccessRequest> {
    const { trx, now } = mutation;
    const grant =
      request.state === 'approved' && request.kind === undefined
        ? await giveGrant(mutation, {
            tenant: request.tenant,
            model: request.model,
            subject: request.subject,
            requestedBy: request.requester,
            grantedBy: taken.actor,
            requestId: request.id,
            expiresAt: daysAfter(now, taken.days ?? request.days),
          })
        : undefined;
    const recorded = { ...request, grantId: grant?.id };
    if (!(await updateRequest(trx, request.id, recorded))) {
      throw new ConflictError(`Request ${request.id} was decided just now.`);
    }
    if (taken.comment !== undefined) {
      await addComment(trx, request.id, {
        step: taken.step,
        author: taken.actor,
        comment: taken.comment,
        at: now.toISOString(),
      });
    }
    mutation.audit({
      actor: taken.actor,
      action: auditedAs[taken.step],
      objectKind: 'request',
      objectId: request.id,
      tenant: request.tenant,
      details: {
        comment: taken.comment,
        days: taken.days,
        grant: grant?.id,
      },
    });
    return recorded;
  }
}

/** For how many days an approval is, if not for as many as were asked for. */
function checkGrantedDays(
  request: AccessRequest,
  { step, days }: TakenStep,
): number | undefined {
  if (days === undefined) {
    return undefined;
  }
  if (step !== 'approve') {
    throw new InputError(`days: only with approve, not with ${step}.`);
  }
  return checkWhole('days', days, { min: 1, max: request.days, unit: 'days' });
}

function checkNotAsked(
  open: AccessRequest[],
  wanted: Pick<AccessRequest, 'tenant' | 'model' | 'subject'>,
): void {
  const same = open.find(
    ({ tenant, model, subject }) =>
      tenant === wanted.tenant &&
      model === wanted.model &&
      subject.kind === wanted.subject.kind &&
      subject.ref === wanted.subject.ref,
  );
  if (same) {
    throw new ConflictError(
      `You asked for that already: request ${same.id} is pending.`,
    );
  }
}

function checkApprovable(
  request: AccessRequest,
  model: AccessModel | undefined,
  tenant: AccessTenant | undefined,
): void {
  if (!model && request.kind === undefined) {
    throw new ConflictError(
      `Model ${request.model} is not there any more: reject request ${request.id}, or wait until it is back.`,
    );
  }
  if (!tenant || tenant.state === 'suspended') {
    throw new ConflictError(
      `Tenant ${request.tenant} is ${
        tenant ? 'suspended' : 'not there any more'
      }: request ${request.id} can't be approved.`,
    );
  }
  const { kind, ref } = request.subject;
  if (kind === 'group' && !tenant.memberGroups.includes(ref)) {
    throw new NotAllowedError(
      `Group ${ref} does not belong to tenant ${tenant.name} any more: reject request ${request.id}.`,
    );
  }
}
