import {
  ConflictError,
  NotAllowedError,
  NotFoundError,
} from '@backstage/errors';
import type { Knex } from 'knex';
import { answerOnce, Retriable } from './answerOnce';
import { AskForAccess, checkAsk, CheckedAsk, checkTexts } from './checkAsk';
import { checkApprovable, checkGrantedDays } from './checkStep';
import type { AccessContext } from './context';
import { mayRenew } from './decisions/grantActions';
import { checkText } from './decisions/limits';
import { TakenStep, takeStep } from './decisions/requestState';
import { reachOf, sightOf, tenantOf } from './decisions/standing';
import { mutate } from './database/mutate';
import { findGrant } from './database/operations/grants/find';
import { findNewModel } from './database/operations/newModels/find';
import type { NewModel } from './database/operations/newModels/rows';
import { findRequest } from './database/operations/requests/find';
import {
  listRequests,
  RequestFilter,
} from './database/operations/requests/list';
import { listComments } from './database/operations/requests/listComments';
import { makeRequest } from './makeRequest';
import { recordStep } from './recordStep';
import { blockableIn, checkNotBlocked } from './refuseBlocked';
import {
  AccessCaller,
  AccessRequest,
  Page,
  PageQuery,
  RequestComment,
} from './types';

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
   * @throws NotAllowedError when she is blocked
   * @throws ConflictError when she has that access, asked for it already, or its tenant or its model is blocked
   */
  async ask(
    caller: AccessCaller,
    ask: AskForAccess,
    retriable: Retriable = {},
  ): Promise<AccessRequest> {
    const checked = checkAsk(this.#context, caller, ask);
    return this.#send(caller, checked, { ...retriable, body: ask });
  }

  /**
   * Asks for a grant to go on; an approval prolongs it, and its keys with it. For whom it is for, and who asked for it.
   *
   * @throws NotFoundError when there is no such grant that the caller may see
   * @throws NotAllowedError when it is not hers, or she is blocked
   * @throws ConflictError when it has ended, she asked already, or its tenant or its model is blocked
   */
  async renew(
    caller: AccessCaller,
    grantId: string,
    ask: { days: number; reason: string },
    retriable: Retriable = {},
  ): Promise<AccessRequest> {
    const { directory, knex } = this.#context;
    const texts = checkTexts(this.#context, ask);
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
    wanted: CheckedAsk,
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
          makeRequest(this.#context, mutation, caller, {
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
   * @throws NotAllowedError when the step is not hers to take; nobody decides on their own request, and nobody approves while she is blocked
   * @throws ConflictError when it is decided or timed out; or when it is to be approved, and its model or tenant is gone, or who asked, whom it is
   * for, its model or its tenant is blocked
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
            await checkNotBlocked(
              mutation.trx,
              { ...blockableIn(request), by: actor },
              `request ${id} can't be approved`,
            );
          }
          const days = checkGrantedDays(request, taken);
          const decided = { ...request, ...change };
          return recordStep(mutation, decided, {
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

  /**
   * Before a new model is approved: whether the cluster would take it. Outside the transaction, for it waits for a network; and only for who may
   * approve it, for the answer tells whether the name is taken.
   */
  async #tryNewModel(caller: AccessCaller, id: string): Promise<void> {
    const { directory, knex, newModels } = this.#context;
    const request = await this.#find(knex, caller, id);
    const model = request.kind && (await findNewModel(knex, id));
    if (model && request.state === 'pending') {
      takeStep(
        request,
        { step: 'approve' },
        {
          caller,
          model: directory.model(request.model),
          tenant: directory.tenant(request.tenant),
          now: this.#context.now(),
        },
      );
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
}
