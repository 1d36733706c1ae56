import { randomBytes } from 'node:crypto';
import {
  ConflictError,
  isError,
  NotAllowedError,
  NotFoundError,
} from '@backstage/errors';
import { PullRequestHostBusy, REFUSALS } from '@slipway/plugin-llm-node';
import { answerOnce, Retriable } from '../answerOnce';
import { AccessContext, newId } from '../context';
import { mutate } from '../database/mutate';
import {
  findNewModel,
  openNewModels,
} from '../database/operations/newModels/find';
import { insertNewModel } from '../database/operations/newModels/insert';
import { saveNewModel } from '../database/operations/newModels/save';
import { findRequest } from '../database/operations/requests/find';
import { insertRequest } from '../database/operations/requests/insert';
import { openRequests } from '../database/operations/requests/open';
import { checkCount, checkText, daysAfter } from '../decisions/limits';
import { sightOf, tenantOf } from '../decisions/standing';
import { checkNotBlocked } from '../refuseBlocked';
import { AccessCaller, AccessRequest } from '../types';
import { ModelManifest, readManifest, refOf } from './manifest';
import type { ApprovedModel, NewModelWay } from './NewModelWay';
import { afterRetry, afterTry, canRetry, Happening } from './progress';

/** Asks for a model that is not served yet. */
export interface AskForModel {
  /** An `LLMModel`. */
  manifest: unknown;
  reason: string;
  /** What load to expect, in the words of the one who asks. */
  expectedLoad?: string;
  /** One of the caller's tenants; needed only when she has several. */
  tenant?: string;
}

/** Models that are taken on in one run. */
const BATCH = 20;

/** Requests for new models: made by anybody of a tenant, decided by admins, and brought on their way once approved. */
export class NewModelService {
  readonly #context: AccessContext;

  static create(context: AccessContext): NewModelService {
    return new NewModelService(context);
  }

  private constructor(context: AccessContext) {
    this.#context = context;
  }

  /**
   * Asks for a new model. It always goes to the admins, whatever the rules say.
   *
   * @throws InputError when the manifest or a field is refused, with the field and the remedy
   * @throws NotAllowedError when she is blocked
   * @throws ConflictError when she asked for it already, her tenant is blocked, or the portal may not make models
   * @throws NotFoundError when new models are not asked for here
   */
  async ask(
    caller: AccessCaller,
    ask: AskForModel,
    retriable: Retriable = {},
  ): Promise<AccessRequest> {
    const { directory, knex, limits, newModels } = this.#context;
    if (!newModels) {
      throw new NotFoundError(
        'New models are not asked for here (llm.newModels.mode). Ask a platform admin.',
      );
    }
    const { maxReasonLength } = limits;
    const texts = {
      reason: checkText('reason', ask.reason, maxReasonLength),
      expectedLoad:
        ask.expectedLoad === undefined
          ? undefined
          : checkText('expectedLoad', ask.expectedLoad, maxReasonLength),
    };
    const tenant = tenantOf(caller, directory, ask.tenant);
    const manifest = readManifest(ask.manifest, caller);
    await checkUnderOtherName(newModels, manifest);
    const now = this.#context.now();
    const actor = caller.userEntityRef;
    const { answer } = await mutate(knex, now, mutation =>
      answerOnce(
        mutation,
        { ...retriable, actor, operation: 'ask-for-model', body: ask },
        async () => {
          const { trx } = mutation;
          await checkNotBlocked(
            trx,
            { by: actor, tenant: tenant.name },
            "you can't ask for a model",
          );
          const open = await openRequests(trx, actor, now);
          checkCount(
            'open requests per user (maxOpenRequestsPerUser)',
            open.length,
            limits.maxOpenRequestsPerUser,
            'Withdraw those that you do not need.',
          );
          const model = refOf(manifest);
          const same = open.find(
            request => request.kind === 'new-model' && request.model === model,
          );
          if (same) {
            throw new ConflictError(
              `You asked for that already: request ${same.id} is pending.`,
            );
          }
          const request: AccessRequest = {
            ...texts,
            id: newId('req'),
            kind: 'new-model',
            tenant: tenant.name,
            model,
            requester: actor,
            subject: { kind: 'user', ref: actor },
            // What is asked for is a model, and not time with one.
            days: 0,
            state: 'pending',
            waitsFor: 'approvers',
            approvers: 'admins',
            createdAt: now.toISOString(),
            expiresAt: daysAfter(now, limits.requestDays),
          };
          await insertRequest(trx, request);
          await insertNewModel(trx, request.id, manifest);
          mutation.audit({
            actor,
            action: 'request-made',
            objectKind: 'request',
            objectId: request.id,
            tenant: tenant.name,
            details: { kind: 'new-model', model },
          });
          return request;
        },
      ),
    );
    return answer;
  }

  /**
   * Takes what was approved one step on: into the cluster, or into a pull request and from there, as the way is. What does not work now
   * is tried again by a later run, and its request says why.
   *
   * @returns how many models were made
   */
  async advanceApproved(): Promise<number> {
    const { knex, newModels } = this.#context;
    if (!newModels) {
      return 0;
    }
    const now = this.#context.now().toISOString();
    const due = (await openNewModels(knex)).filter(
      ({ nextTryAt }) => nextTryAt === undefined || nextTryAt <= now,
    );
    let made = 0;
    for (const { requestId } of due.slice(0, BATCH)) {
      made += (await this.#advance(newModels, requestId)) ? 1 : 0;
    }
    return made;
  }

  /**
   * Has an approved model tried again at once; after a pull request that was closed, as a new one.
   *
   * @throws NotFoundError when there is no such request that the caller may see
   * @throws NotAllowedError when the caller is no admin
   * @throws ConflictError when it goes on by itself, is made, or was not approved
   */
  async retry(caller: AccessCaller, id: string): Promise<AccessRequest> {
    const { directory, knex } = this.#context;
    const sight = sightOf(caller, directory);
    return mutate(knex, this.#context.now(), async mutation => {
      const { trx } = mutation;
      const request = await findRequest(trx, id, sight);
      const model = request && (await findNewModel(trx, id));
      if (!request || !model) {
        throw new NotFoundError(
          `There is no request ${id} for a new model that you may see.`,
        );
      }
      if (!caller.admin) {
        throw new NotAllowedError(
          `Request ${id} is for platform admins to try again.`,
        );
      }
      if (request.state !== 'approved' || !canRetry(model)) {
        throw new ConflictError(
          `There is nothing to try again of request ${id}: it was not approved, goes on by itself, or the model is made.`,
        );
      }
      await saveNewModel(trx, id, afterRetry(model));
      mutation.audit({
        actor: caller.userEntityRef,
        action: 'model-retried',
        objectKind: 'request',
        objectId: id,
        tenant: request.tenant,
        details: { model: request.model },
      });
      return request;
    });
  }

  /** One step; whether it made the model. */
  async #advance(way: NewModelWay, requestId: string): Promise<boolean> {
    const { knex } = this.#context;
    const request = await findRequest(knex, requestId, { everything: true });
    const newModel = await findNewModel(knex, requestId);
    if (!request || !newModel) {
      return false;
    }
    const happening = await tryOnce(way, { request, newModel });
    const now = this.#context.now();
    return mutate(knex, now, async mutation => {
      const current = await findNewModel(mutation.trx, requestId);
      // Another portal, or an admin, was faster.
      if (!current || current.appliedAt || current.round !== newModel.round) {
        return false;
      }
      const { state, news } = afterTry(current, happening, {
        now,
        remindDays: this.#context.remindDays,
      });
      await saveNewModel(mutation.trx, requestId, state);
      for (const { action, comment, pullRequest } of news) {
        mutation.audit({
          actor: 'system:portal',
          action,
          objectKind: 'request',
          objectId: requestId,
          tenant: action === 'model-made' ? '' : request.tenant,
          details: { model: request.model, comment, pullRequest },
        });
      }
      return happening.kind === 'made';
    });
  }
}

/**
 * Whether a model like this could be made, whatever its name: a name that is taken may be that of a model that is not hers to know of, so
 * that nothing in the answer may depend on it. Whether it is free is looked at when somebody says yes.
 */
async function checkUnderOtherName(
  way: NewModelWay,
  manifest: ModelManifest,
): Promise<void> {
  const { metadata } = manifest;
  const standIn = `ask-${randomBytes(16).toString('hex')}`;
  try {
    await way.check({ ...manifest, metadata: { ...metadata, name: standIn } });
  } catch (error) {
    if (isError(error)) {
      error.message = error.message.replaceAll(standIn, metadata.name);
    }
    throw error;
  }
}

async function tryOnce(
  way: NewModelWay,
  approved: ApprovedModel,
): Promise<Happening> {
  try {
    const answer = await way.advance(approved);
    return answer === 'made'
      ? { kind: 'made' }
      : { kind: 'seen', pullRequest: answer };
  } catch (error) {
    const problem = isError(error) ? error.message : String(error);
    if (isError(error) && REFUSALS.some(name => name === error.name)) {
      return { kind: 'refused', problem };
    }
    return {
      kind: 'failed',
      problem,
      retryAfterMs:
        error instanceof PullRequestHostBusy ? error.retryAfterMs : undefined,
    };
  }
}
