import type { CallJudge, TenantList } from '@slipway/plugin-llm-common';
import type { Knex } from 'knex';
import { ChangeFeed } from './ChangeFeed';
import type { AccessContext } from './context';
import { AccessLimits, defaultLimits } from './decisions/limits';
import { AccessRule, visibleRules } from './decisions/requestRules';
import { blocksAmong } from './database/operations/blocks/among';
import { touchKeys } from './database/operations/keys/touch';
import { pruneAnswers } from './database/operations/idempotency/prune';
import { verifyAudit } from './database/operations/audit/verify';
import type { ChainVerdict } from './auditChain';
import { AuditService } from './AuditService';
import { BlockService } from './BlockService';
import { CallableModels } from './CallableModels';
import { GrantService } from './GrantService';
import { KeyClaimService } from './KeyClaimService';
import { KeyService } from './KeyService';
import type { NewModelWay } from './newModels/NewModelWay';
import { NewModelService } from './newModels/NewModelService';
import { RequestService } from './RequestService';
import { Summaries } from './Summaries';
import { TenantMembers } from './TenantMembers';
import type { AccessCaller, AccessDirectory } from './types';
import { Upkeep } from './Upkeep';

/** What the room needs. */
export interface AccessServiceOptions {
  /** The plugin's database, migrated. */
  knex: Knex;
  directory: AccessDirectory;
  limits?: Partial<AccessLimits>;
  rules?: AccessRule[];
  /** Days after which a key that nobody uses ends; never if absent. */
  unusedDays?: number;
  /** How new models are made; without it nobody can ask for one. */
  newModels?: NewModelWay;
  /** Days after which people are told that a pull request for a new model waits; 3 if absent. */
  remindDays?: number;
  /** Who judges calls at the gateway; taken for the authorizer where it is not known. */
  judge?: () => Promise<CallJudge | undefined>;
  /** For tests. */
  now?: () => Date;
}

/**
 * Requests, grants and keys: who may call which model, for whom, until when. Whatever changes them does so in one transaction with
 * its audit rows and with the revisions that the authorizers hear of it by. Every read is filtered in the query by what the caller
 * may see; what is unknown and what is not hers are told alike.
 */
export class AccessService {
  readonly requests: RequestService;
  readonly grants: GrantService;
  readonly newModels: NewModelService;
  readonly keys: KeyService;
  readonly claims: KeyClaimService;
  readonly blocks: BlockService;
  readonly audit: AuditService;
  readonly callable: CallableModels;
  readonly tenantMembers: TenantMembers;
  readonly summaries: Summaries;
  readonly upkeep: Upkeep;
  readonly feed: ChangeFeed;
  readonly #context: AccessContext;

  static create(options: AccessServiceOptions): AccessService {
    return new AccessService({
      knex: options.knex,
      directory: options.directory,
      limits: { ...defaultLimits, ...options.limits },
      rules: options.rules ?? [],
      unusedDays: options.unusedDays,
      newModels: options.newModels,
      remindDays: options.remindDays ?? 3,
      judge: options.judge ?? (async () => undefined),
      now: options.now ?? (() => new Date()),
    });
  }

  private constructor(context: AccessContext) {
    this.#context = context;
    this.requests = RequestService.create(context);
    this.grants = GrantService.create(context);
    this.newModels = NewModelService.create(context);
    this.keys = KeyService.create(context);
    this.claims = KeyClaimService.create(context, this.keys);
    this.blocks = BlockService.create(context);
    this.audit = AuditService.create(context);
    this.callable = CallableModels.create(context);
    this.tenantMembers = TenantMembers.create(context);
    this.summaries = Summaries.create(context);
    this.upkeep = Upkeep.create(context);
    this.feed = ChangeFeed.create(context);
  }

  /**
   * The rules about requests, the first that speaks counts. Rules name models, tenants and groups: admins and auditors see all, others
   * those that name nothing but what is theirs.
   */
  rulesFor(caller: AccessCaller): AccessRule[] {
    const { directory, rules } = this.#context;
    return visibleRules(rules, caller, directory);
  }

  /** The tenants that concern the caller, whether calls are judged by them, and which of them, or whether she, is stopped by the kill switch. */
  async tenantsOf(caller: AccessCaller): Promise<TenantList> {
    const items = this.summaries.tenants(caller);
    const [isBlocked, judge] = await Promise.all([
      blocksAmong(this.#context.knex, {
        user: [caller.userEntityRef],
        tenant: items.map(({ name }) => name),
      }),
      this.#context.judge(),
    ]);
    return {
      items: items.map(tenant => ({
        ...tenant,
        myGroups: tenant.memberGroups.filter(group =>
          caller.groups.includes(group),
        ),
        isBlocked: isBlocked('tenant', tenant.name) || undefined,
      })),
      isBlocked: isBlocked('user', caller.userEntityRef),
      judge,
    };
  }

  /** Notes when keys were last used, by id; whoever reports does so at most once a minute and key. */
  async noteUses(uses: ReadonlyMap<string, Date>): Promise<void> {
    await touchKeys(
      this.#context.knex,
      new Map([...uses].map(([id, at]) => [id, at.toISOString()])),
    );
  }

  /** Whether the audit chain is as it was written, all of it. */
  async verifyAudit(): Promise<ChainVerdict> {
    return verifyAudit(this.#context.knex);
  }

  /** Forgets the answers kept for retries that are older than a day. */
  async forgetAnswers(): Promise<number> {
    const before = new Date(this.#context.now().getTime() - 86_400_000);
    return pruneAnswers(this.#context.knex, before.toISOString());
  }
}
