import { NotFoundError } from '@backstage/errors';
import type { KubeClient } from '@slipway/controller';
import type {
  BlockSummary,
  LlmModel,
  WhyAnswer,
} from '@slipway/plugin-llm-common';
import type { ModelSource } from '@slipway/plugin-llm-node';
import type { Knex } from 'knex';
import {
  AccessCaller,
  AccessDirectory,
  AccessModel,
  AccessService,
  Grant,
  grantsForCall,
  grantValidity,
  isMember,
  Key,
  openRequests,
  Principal,
} from '../access';
import { ENDPOINTS } from '../gateway/flavour';
import { currentCondition } from '../view/currentCondition';
import { toFailure } from '../view/failure';
import { readConditions, toFacts, ViewSettings } from '../view/summary';
import { explain } from './explain';
import type { KeyCredential, PhaseFacts, WhyFacts } from './facts';
import { readWay } from './readWay';

/** Who asks why, and which models she may see. */
export interface WhyCaller extends AccessCaller {
  mayRead(model: LlmModel): boolean;
}

/** What is asked: a model as `<namespace>/<name>`, and the id of a key, never the key. Without one, the caller's own token is judged. */
export interface WhyQuery {
  model: string;
  key?: string;
}

/** What the service gathers facts from. */
export interface WhyServiceOptions {
  /** The plugin's database, migrated. */
  knex: Knex;
  access: Pick<AccessService, 'keys'>;
  directory: AccessDirectory;
  /** What the kill switch stops now. */
  blocks(): Promise<BlockSummary[]>;
  models: ModelSource;
  /** Reads the gateway's objects and the pods, with the portal's own rights. */
  client: KubeClient;
  settings: ViewSettings;
  /** For tests. */
  now?: () => Date;
}

/** Who acts, and her grants on the model. */
type Judged = Pick<WhyFacts, 'credential' | 'grants'>;

/** Answers "why can't I call this?": gathers the facts, and leaves the answer to {@link explain}. */
export class WhyService {
  readonly #options: WhyServiceOptions;

  static create(options: WhyServiceOptions): WhyService {
    return new WhyService(options);
  }

  private constructor(options: WhyServiceOptions) {
    this.#options = options;
  }

  /**
   * Walks from the caller, or from one of the keys that she may see, to the model.
   *
   * @throws NotFoundError when the model or the key is unknown or not hers to see: the two are told alike
   */
  async explain(caller: WhyCaller, query: WhyQuery): Promise<WhyAnswer> {
    const { access, directory, models } = this.#options;
    const key =
      query.key === undefined
        ? undefined
        : await access.keys.get(caller, query.key);
    await models.ready();
    const [namespace, name] = query.model.split('/');
    const object = models.get(namespace, name);
    const model = directory.model(query.model);
    const own = await this.#ofToken(caller, query.model);
    const visible =
      object !== undefined &&
      (caller.mayRead(object) ||
        own.grants.some(grant => grant.state === 'active') ||
        key?.models.some(each => each.model === query.model));
    if (!object || !model || !visible) {
      throw new NotFoundError(
        `There is no model ${query.model} that you may see`,
      );
    }
    return explain(await this.#facts(caller, { key, model, object, own }));
  }

  async #facts(
    caller: WhyCaller,
    found: {
      key?: Key;
      model: AccessModel;
      object: LlmModel;
      own: Judged;
    },
  ): Promise<WhyFacts> {
    const { client, knex, settings } = this.#options;
    const { key, model, object, own } = found;
    const now = this.#options.now?.() ?? new Date();
    const { namespace = '', name } = object.metadata;
    const phase = phaseOf(object, settings);
    const [{ credential, grants }, requests, blocks, way] = await Promise.all([
      key ? this.#ofKey(key, model.ref) : own,
      openRequests(knex, caller.userEntityRef, now),
      this.#options.blocks(),
      readWay(client, { namespace, name, endpoints: phase.endpoints }),
    ]);
    return {
      now,
      caller: caller.userEntityRef,
      model,
      credential,
      grants,
      callerHoldsGrant: own.grants.some(grant => this.#holds(grant, now)),
      pendingRequest: requests.find(
        request =>
          request.kind === undefined &&
          request.model === model.ref &&
          isSameSubject(request, credential),
      ),
      blocks: caller.auditor
        ? blocks
        : blocks.map(block => ({ ...block, reason: '', by: '' })),
      phase,
      ...way,
    };
  }

  async #ofKey(key: Key, model: string): Promise<Judged> {
    const principal = await this.#principalOf(key);
    const grants = principal
      ? await this.#read(principal, model, [key.tenant])
      : [];
    const id = key.models.find(each => each.model === model)?.grantId;
    const credential: KeyCredential = {
      kind: 'key',
      key,
      tenant: this.#options.directory.tenant(key.tenant),
      principal,
      behind: grants.find(grant => grant.id === id),
    };
    return { credential, grants };
  }

  async #principalOf(key: Key): Promise<Principal | undefined> {
    if (key.service !== undefined) {
      return { service: key.service };
    }
    const groups = await this.#options.directory.groupsOf(key.owner);
    return groups && { user: key.owner, groups };
  }

  async #ofToken(caller: WhyCaller, model: string): Promise<Judged> {
    const { userEntityRef: user, groups } = caller;
    const tenants = this.#options.directory
      .tenants()
      .filter(tenant => isMember(tenant, groups));
    const principal = { user, groups };
    const known = (await this.#options.directory.groupsOf(user)) !== undefined;
    return {
      credential: { kind: 'token', principal, known, tenants },
      grants: await this.#read(
        principal,
        model,
        tenants.map(tenant => tenant.name),
      ),
    };
  }

  async #read(
    principal: Principal,
    model: string,
    tenants: string[],
  ): Promise<Grant[]> {
    return grantsForCall(this.#options.knex, { model, tenants, principal });
  }

  #holds(grant: Grant, now: Date): boolean {
    const { directory } = this.#options;
    const tenant = directory.tenant(grant.tenant);
    const model = directory.model(grant.model);
    return grantValidity(grant, { now, tenant, model }).state === 'valid';
  }
}

/** What the custom resource says of itself, as people read it on its page and as the authorizer goes by it. */
function phaseOf(object: LlmModel, settings: ViewSettings): PhaseFacts {
  const view = toFacts(object, settings);
  const conditions = readConditions(object);
  const endpoints = ENDPOINTS.filter(
    endpoint => object.spec.endpoints?.[endpoint]?.enabled !== false,
  );
  const stages: Record<string, PhaseFacts['stopsAt']> = {
    ExternalEndpointReady: 'route',
    InternalEndpointReady: 'route',
    EndpointPickerReady: 'endpoints',
  };
  const current = currentCondition(conditions)?.type;
  return {
    phase: view.phase,
    stage: view.stage,
    failure: toFailure(view, conditions),
    endpoints,
    reachable: endpoints.filter(
      endpoint => object.status?.endpoints?.[endpoint] !== undefined,
    ),
    stopsAt: (current !== undefined && stages[current]) || 'phase',
  };
}

/** Whether a request would help whoever acts. */
function isSameSubject(
  {
    subject,
    tenant,
  }: { subject: { kind: string; ref: string }; tenant: string },
  credential: WhyFacts['credential'],
): boolean {
  if (credential.kind === 'token') {
    return (
      subject.kind !== 'service' &&
      credential.tenants.some(({ name }) => name === tenant)
    );
  }
  const { service } = credential.key;
  return (
    tenant === credential.key.tenant &&
    (service === undefined
      ? subject.kind !== 'service'
      : subject.kind === 'service' && subject.ref === service)
  );
}
