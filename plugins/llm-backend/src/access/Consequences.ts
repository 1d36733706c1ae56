import { ModelSummary, RequestConsequences } from '@slipway/plugin-llm-common';
import { AccessContext } from './context';
import { mayDecide } from './decisions/requestState';
import { isMember, ownSight, sightOf } from './decisions/standing';
import {
  GrantsOfTenant,
  grantsOnModel,
} from './database/operations/grants/onModel';
import { findGrant } from './database/operations/grants/find';
import { countKeysOfGrants } from './database/operations/keys/countOfGrants';
import type { NewModel } from './database/operations/newModels/rows';
import { factsOfManifest } from './newModels/manifest';
import { blockableIn, blockedInWords, blocksOn } from './refuseBlocked';
import { AccessCaller, AccessRequest } from './types';

/** GPUs of one type in the cluster, and how many no pod has asked for. */
export type GpuHeadroom = NonNullable<RequestConsequences['gpus']['inCluster']>;

/** What a decision depends on outside the access room. */
export interface DecisionFacts {
  /** How a model stands, and its licence; nothing for a model that is gone. */
  model(ref: string):
    | (Pick<ModelSummary, 'phase' | 'openTo' | 'gpus' | 'replicas'> & {
        licence?: string;
      })
    | undefined;
  /** GPUs of a type; nothing where the cluster does not let itself be read. */
  gpus(type: string): Promise<GpuHeadroom | undefined>;
}

/** What it means to say yes to a request. */
export class Consequences {
  readonly #context: Pick<AccessContext, 'knex' | 'directory' | 'now'>;
  readonly #facts: DecisionFacts;

  static create(
    context: Pick<AccessContext, 'knex' | 'directory' | 'now'>,
    facts: DecisionFacts,
  ): Consequences {
    return new Consequences(context, facts);
  }

  private constructor(
    context: Pick<AccessContext, 'knex' | 'directory' | 'now'>,
    facts: DecisionFacts,
  ) {
    this.#context = context;
    this.#facts = facts;
  }

  /**
   * For a caller who may see the request. Only who weighs it, to decide or to audit, is told what others hold and whether the name of a new model
   * is free: who asks could find out by asking which models there are that are not hers to know of.
   */
  async of(
    caller: AccessCaller,
    request: AccessRequest & { newModel?: NewModel },
  ): Promise<RequestConsequences> {
    const { knex, directory } = this.#context;
    const now = this.#context.now().toISOString();
    const facts = request.newModel
      ? factsOfManifest(request.newModel.manifest)
      : this.#facts.model(request.model);
    const type = facts?.gpus.type ?? '';
    const weighs = this.#weighs(caller, request);
    const [held, inCluster, renewed, checks] = await Promise.all([
      weighs ? grantsOnModel(knex, request.model, now) : [],
      weighs && facts ? this.#facts.gpus(type) : undefined,
      this.#renewed(caller, request),
      this.#checks(request, weighs),
    ]);
    const own = ownSight(caller, directory);
    const byName = new Set([...own.ownedTenants, ...own.memberTenants]);
    const seen = ({ tenant }: GrantsOfTenant) =>
      caller.auditor || caller.admin || byName.has(tenant);
    return {
      grantsByTenant: held.filter(seen),
      otherGrants: held
        .filter(each => !seen(each))
        .reduce((sum, each) => sum + each.grants, 0),
      openTo: facts?.openTo ?? { everyone: false, groups: [] },
      gpus: { type, ofModel: facts?.gpus.total ?? 0, inCluster },
      replicas: facts?.replicas ?? { ready: 0, desired: 0 },
      licence: facts?.licence,
      renewed,
      checks,
      deciders: this.#deciders(request),
    };
  }

  #weighs(caller: AccessCaller, request: AccessRequest): boolean {
    const { directory } = this.#context;
    const model = directory.model(request.model);
    const tenant = directory.tenant(request.tenant);
    return (
      caller.admin ||
      caller.auditor ||
      mayDecide(request, { caller, model, tenant })
    );
  }

  /** What a yes prolongs. Whoever may see the request may see its grant: they are of the same model and tenant. */
  async #renewed(
    caller: AccessCaller,
    { renews }: AccessRequest,
  ): Promise<RequestConsequences['renewed']> {
    const { knex, directory, now } = this.#context;
    const everything = { everything: true } as const;
    const grant =
      renews === undefined
        ? undefined
        : await findGrant(knex, renews, everything);
    if (
      !grant ||
      grant.state === 'ended' ||
      grant.expiresAt <= now().toISOString()
    ) {
      return undefined;
    }
    const keys = await countKeysOfGrants(
      knex,
      [grant.id],
      sightOf(caller, directory),
    );
    return { expiresAt: grant.expiresAt, keys: keys.get(grant.id) ?? 0 };
  }

  async #checks(
    request: AccessRequest,
    weighs: boolean,
  ): Promise<RequestConsequences['checks']> {
    const { directory, knex } = this.#context;
    const tenant = directory.tenant(request.tenant);
    const tenantName = tenant?.displayName ?? request.tenant;
    const groups = await directory.groupsOf(request.requester);
    const facts = this.#facts.model(request.model);
    const member = Boolean(tenant && groups && isMember(tenant, groups));
    const blockable = blockableIn(request);
    const blocked =
      request.state === 'pending'
        ? blockedInWords(await blocksOn(knex, [blockable]), blockable)
        : undefined;
    return [
      ...(blocked === undefined
        ? []
        : [
            {
              ok: false,
              text: `${blocked}: a yes has to wait until a platform admin lifts the block.`,
            },
          ]),
      {
        ok: member,
        text: member
          ? `${request.requester} is a member of ${tenantName}.`
          : `${request.requester} is not a member of ${tenantName} any more.`,
      },
      {
        ok: tenant?.state === 'active',
        text: tenant
          ? `Tenant ${tenantName} is ${tenant.state}.`
          : `Tenant ${request.tenant} is not there any more.`,
      },
      ...(request.kind === 'new-model' && !weighs
        ? []
        : [checkOfModel(request, facts?.phase)]),
    ];
  }

  #deciders(request: AccessRequest): string[] {
    const { directory } = this.#context;
    if (request.approvers === 'admins') {
      return [];
    }
    const ofModel =
      request.approvers === 'tenant-owners'
        ? []
        : directory.model(request.model)?.owners ?? [];
    const ofTenant =
      request.approvers === 'model-owners'
        ? []
        : directory.tenant(request.tenant)?.owners ?? [];
    // Nobody decides on her own request.
    return [...new Set([...ofModel, ...ofTenant])].filter(
      ref => ref !== request.requester,
    );
  }
}

function checkOfModel(
  { kind, model }: AccessRequest,
  phase: ModelSummary['phase'] | undefined,
): RequestConsequences['checks'][number] {
  if (kind === 'new-model') {
    return {
      ok: phase === undefined,
      text: phase
        ? `There is a model ${model} already.`
        : `The name ${model} is free.`,
    };
  }
  return {
    ok: phase === 'Ready',
    text: phase
      ? `The model is ${phase === 'Error' ? 'in Error' : phase}.`
      : 'The model is not there any more.',
  };
}
