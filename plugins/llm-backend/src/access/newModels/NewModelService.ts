import { ConflictError, isError, NotFoundError } from '@backstage/errors';
import { answerOnce, Retriable } from '../answerOnce';
import { AccessContext, newId } from '../context';
import { mutate } from '../database/mutate';
import { insertNewModel } from '../database/operations/newModels/insert';
import {
  NewModel,
  newModelsToApply,
} from '../database/operations/newModels/find';
import { saveNewModel } from '../database/operations/newModels/save';
import { insertRequest } from '../database/operations/requests/insert';
import { openRequests } from '../database/operations/requests/open';
import { checkCount, checkText, daysAfter } from '../decisions/limits';
import { tenantOf } from '../decisions/standing';
import { AccessCaller, AccessRequest } from '../types';
import { ModelManifest, readManifest } from './manifest';

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

/** Models that are applied in one run. */
const BATCH = 20;

/** Requests for new models: made by anybody of a tenant, decided by admins, and applied to the cluster once approved. */
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
   * @throws ConflictError when there is such a model, or she asked for it already
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
    // A name that is taken is the approver's to see: it may be that of a model that is not hers to know of.
    if (!directory.model(refOf(manifest))) {
      await newModels.check(manifest);
    }
    const now = this.#context.now();
    const actor = caller.userEntityRef;
    const { answer } = await mutate(knex, now, mutation =>
      answerOnce(
        mutation,
        { ...retriable, actor, operation: 'ask-for-model', body: ask },
        async () => {
          const { trx } = mutation;
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
   * Applies what was approved. What the cluster does not take now is tried again by the next run, and its request says why.
   *
   * @returns how many models were made
   */
  async applyApproved(): Promise<number> {
    const { knex, newModels } = this.#context;
    if (!newModels) {
      return 0;
    }
    let made = 0;
    for (const each of await newModelsToApply(knex, BATCH)) {
      const problem = await this.#apply(each);
      made += problem === undefined ? 1 : 0;
    }
    return made;
  }

  async #apply(model: NewModel): Promise<string | undefined> {
    const { knex, newModels } = this.#context;
    const { manifest, requestId } = model;
    try {
      await newModels?.apply(manifest, requestId);
    } catch (error) {
      const problem = isError(error) ? error.message : String(error);
      if (problem !== model.problem) {
        await saveNewModel(knex, requestId, { problem });
      }
      return problem;
    }
    const now = this.#context.now();
    await mutate(knex, now, async mutation => {
      await saveNewModel(mutation.trx, requestId, {
        appliedAt: now.toISOString(),
      });
      mutation.audit({
        actor: 'system:portal',
        action: 'model-made',
        objectKind: 'request',
        objectId: requestId,
        tenant: '',
        details: { model: refOf(manifest) },
      });
    });
    return undefined;
  }
}

/** `<namespace>/<name>`. */
export function refOf({ metadata }: ModelManifest): string {
  return `${metadata.namespace}/${metadata.name}`;
}
