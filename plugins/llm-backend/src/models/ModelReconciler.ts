import {
  Applier,
  Clock,
  EventRecorder,
  ForeignObjectError,
  isConflict,
  isNotFound,
  KindNotServedError,
  KubeApiError,
  KubeClient,
  KubeObject,
  ObjectKey,
  ReconcileContext,
  ReconcileOutcome,
} from '@slipway/controller';
import { ENDPOINTS, GatewayFlavour } from '../gateway/flavour';
import { Burst } from './Burst';
import { GENERATED_KINDS, LLM_MODELS } from './kinds';
import { ModelCaches } from './ModelCaches';
import { Model, parseModel } from './model';
import {
  FIELD_MANAGER,
  FINALIZER,
  LABELS,
  LLM_API_VERSION,
  MANAGED_BY,
} from './names';
import { leadsAnywhere, observeModel } from './observe';
import { Refusal, refusalKey } from './observed';
import { SecretWatches } from './SecretWatches';
import { Plan, planModel } from './plan';
import { Renders } from './Renders';
import { Platform } from './platform';
import { deriveStatus, notesOf } from './status';

/** A write that the server refused is tried again after this long: what it depends on (a quota, a webhook) can't be watched. */
const REFUSED_RETRY_MS = 30_000;
/** A server that fails is tried again by itself, sooner first; after this many passes in a row, some seconds, its failure is told like a refusal. */
const LASTING_FAILURES = 7;
/** Our own writes are visible at once, so a pass goes on as far as it can; more rounds than this would be a bug. */
const MAX_ROUNDS = 5;

const UNSETTLED_RETRY_MS = 1_000;

/** Models whose renders are kept; for all of them they would be most of the memory, and a settled model is seldom looked at. */
const KEPT_RENDERS = 256;

/** How often a model is looked at whose first status may wait. */
const REST_MS = 1_000;

/** What the writes of a pass have in common. */
interface Writes {
  refusals: Map<string, Refusal>;
  /** The passes before this one all failed, for some seconds. */
  isLasting: boolean;
  signal: AbortSignal;
}

/** What a pass made, and what it found. */
interface Pass {
  model: Model;
  plan: Plan;
  refusals: Map<string, Refusal>;
  /** It ended before everything was in line. */
  changed: boolean;
}

/** What a {@link ModelReconciler} works with. */
export interface ModelReconcilerOptions {
  client: KubeClient;
  caches: ModelCaches;
  flavour: GatewayFlavour;
  events: EventRecorder;
  secrets: SecretWatches;
  clock: Clock;
  /** The platform as it is known now. */
  platform(): Platform;
  /** Why the issuer's keys are not known. */
  issuerProblem(): string | undefined;
}

/**
 * Brings everything of one model in line with its spec. Level-triggered: it looks at what is there, decides by pure functions, writes what
 * differs, and can be killed between any two writes.
 */
export class ModelReconciler {
  private readonly applier: Applier;
  private readonly burst: Burst;
  private readonly renders = new Map<
    string,
    { generation: number; platform: Platform; renders: Renders }
  >();
  private readonly pruneOrder;

  constructor(private readonly options: ModelReconcilerOptions) {
    const { client, caches, flavour, clock } = options;
    this.burst = new Burst(clock);
    this.applier = new Applier({
      client,
      fieldManager: FIELD_MANAGER,
      caches: caches.written,
    });
    const {
      pools,
      podMonitors,
      deployments,
      jobs,
      services,
      networkPolicies,
      configMaps,
      roleBindings,
      roles,
      serviceAccounts,
      claims,
    } = GENERATED_KINDS;
    // What leads to a model goes before what guards it; a policy that still guards something is kept by the plan.
    this.pruneOrder = [
      flavour.routeKind,
      flavour.policyKind,
      pools,
      podMonitors,
      deployments,
      jobs,
      services,
      networkPolicies,
      configMaps,
      roleBindings,
      roles,
      serviceAccounts,
      claims,
    ];
  }

  /** One pass over one model. */
  async reconcile(
    key: ObjectKey,
    { signal, waiting, failures }: ReconcileContext,
  ): Promise<ReconcileOutcome | void> {
    const object = this.options.caches.models.get(key);
    if (!object) {
      this.burst.forget(key);
      return undefined;
    }
    if (object.metadata.deletionTimestamp !== undefined) {
      return this.tearDown(object, signal);
    }
    const isNew = this.lacksFinalizer(object);
    const isLasting = failures >= LASTING_FAILURES;
    switch (this.burst.turnOf(object, isNew, waiting())) {
      case 'none':
        return { requeueAfterMs: REST_MS };
      case 'objects':
        return this.makeFirst(object, isLasting, signal);
      default: {
        const guarded = await this.withFinalizer(object, signal);
        const pass = await this.make(guarded, isLasting, signal);
        return this.tell(guarded, pass, signal);
      }
    }
  }

  /**
   * The objects of a new model, as one of many. Its finalizer sees to it that no route outlives its policy; where a listener lets nobody through
   * without one, it may come with the first status.
   */
  private async makeFirst(
    object: KubeObject,
    isLasting: boolean,
    signal: AbortSignal,
  ): Promise<ReconcileOutcome | void> {
    const { caches } = this.options;
    const platform = this.options.platform();
    const isClosed = ENDPOINTS.every(endpoint =>
      caches.deniesByDefault(platform, endpoint),
    );
    const first = isClosed ? object : await this.withFinalizer(object, signal);
    const pass = await this.burst.make(() =>
      this.make(first, isLasting, signal),
    );
    if (
      pass.refusals.size === 0 &&
      pass.plan.acceptance.stage.status === 'True'
    ) {
      this.burst.letRest(object);
      return { requeueAfterMs: REST_MS };
    }
    return this.tell(await this.withFinalizer(first, signal), pass, signal);
  }

  /** Brings what a model needs in line with its spec, as far as that is possible now. */
  private async make(
    object: KubeObject,
    isLasting: boolean,
    signal: AbortSignal,
  ): Promise<Pass> {
    const model = parseModel(object);
    const refusals = new Map<string, Refusal>();
    let plan = this.plan(model, refusals);
    let changed = true;
    for (let round = 0; changed && round < MAX_ROUNDS; round++) {
      changed = await this.applyGroups([...plan.apply, plan.routes], {
        refusals,
        isLasting,
        signal,
      });
      if (changed) {
        plan = this.plan(model, refusals);
      }
    }
    if (plan.prune && (await this.prune(model, plan, signal))) {
      plan = this.plan(model, refusals);
    }
    return { model, plan, refusals, changed };
  }

  /** Says in the status what a pass came to. */
  private async tell(
    object: KubeObject,
    { model, plan, refusals, changed }: Pass,
    signal: AbortSignal,
  ): Promise<ReconcileOutcome | void> {
    await this.writeStatus(object, model, plan, refusals, signal);
    const retryMs = [
      plan.retryAfterMs,
      refusals.size > 0 ? REFUSED_RETRY_MS : undefined,
      changed ? UNSETTLED_RETRY_MS : undefined,
    ].filter((time): time is number => time !== undefined);
    return retryMs.length > 0
      ? { requeueAfterMs: Math.min(...retryMs) }
      : undefined;
  }

  private plan(model: Model, refusals: ReadonlyMap<string, Refusal>): Plan {
    const { caches, clock, flavour } = this.options;
    const platform = this.options.platform();
    const observed = observeModel(
      model,
      caches,
      platform,
      this.options.issuerProblem(),
      this.options.secrets,
    );
    return planModel({
      renders: this.rendersOf(model, platform),
      model,
      platform,
      flavour,
      observed,
      refusals,
      nowMs: clock.wallMs(),
    });
  }

  /** Anew for each generation of a model, when the platform changes, and when it has not been looked at for long. */
  private rendersOf(model: Model, platform: Platform): Renders {
    let known = this.renders.get(model.uid);
    if (known?.generation !== model.generation || known.platform !== platform) {
      known = {
        generation: model.generation,
        platform,
        renders: new Renders(),
      };
    }
    this.renders.delete(model.uid);
    this.renders.set(model.uid, known);
    const [leastRecentlyUsed] = this.renders.keys();
    if (this.renders.size > KEPT_RENDERS) {
      this.renders.delete(leastRecentlyUsed);
    }
    return known.renders;
  }

  /** Applies group after group. A refusal is remembered and does not hold up what does not depend on it; other failures end the pass. */
  private async applyGroups(
    groups: KubeObject[][],
    writes: Writes,
  ): Promise<boolean> {
    let changed = false;
    for (const group of groups) {
      const outcomes = await Promise.allSettled(
        group.map(object => this.apply(object, writes)),
      );
      const failed = outcomes.find(outcome => outcome.status === 'rejected');
      if (failed) {
        throw failed.reason;
      }
      changed ||= outcomes.some(
        outcome => outcome.status === 'fulfilled' && outcome.value,
      );
    }
    return changed;
  }

  private async apply(
    object: KubeObject,
    { refusals, isLasting, signal }: Writes,
  ): Promise<boolean> {
    const key = refusalKey(object);
    if (refusals.has(key)) {
      return false;
    }
    try {
      const { action } = await this.applier.apply(object, { signal });
      return action === 'created' || action === 'updated';
    } catch (error) {
      const refusal = refusalFrom(error, isLasting);
      if (!refusal) {
        throw error;
      }
      refusals.set(key, refusal);
      // The plan looks different now, above all where the refused object is a policy.
      return true;
    }
  }

  private async prune(
    model: Model,
    plan: Plan,
    signal: AbortSignal,
  ): Promise<boolean> {
    const deleted = await this.applier.prune(
      [...plan.apply.flat(), ...plan.routes, ...plan.keep],
      ownershipOf(model),
      {
        pruneOrder: this.pruneOrder,
        signal,
      },
    );
    return deleted.length > 0;
  }

  private async writeStatus(
    object: KubeObject,
    model: Model,
    plan: Plan,
    refusals: ReadonlyMap<string, Refusal>,
    signal: AbortSignal,
  ): Promise<void> {
    const now = new Date(this.options.clock.wallMs());
    const platform = this.options.platform();
    const status = deriveStatus({
      model,
      platform,
      plan,
      refusals,
      previous: object.status,
      now,
    });
    const { namespace, name } = object.metadata;
    const { action } = await this.applier.apply(
      {
        apiVersion: LLM_API_VERSION,
        kind: 'LLMModel',
        metadata: { namespace, name },
        status,
      },
      { subresource: 'status', signal },
    );
    if (action !== 'unchanged') {
      notesOf(object.status, status).forEach(note =>
        this.options.events.record(object, note),
      );
    }
  }

  /** Takes a model away: its routes, then, when nothing leads to it any more, its policies; the rest goes with its owner. */
  private async tearDown(
    object: KubeObject,
    signal: AbortSignal,
  ): Promise<void> {
    const model = parseModel(object);
    if (!model.finalizers.includes(FINALIZER)) {
      return;
    }
    const { flavour, caches } = this.options;
    await this.applier.prune([], ownershipOf(model), {
      pruneOrder: [flavour.routeKind],
      signal,
    });
    const observed = observeModel(
      model,
      caches,
      this.options.platform(),
      undefined,
      this.options.secrets,
    );
    if (leadsAnywhere(observed)) {
      await this.writeStatus(
        object,
        model,
        this.plan(model, new Map()),
        new Map(),
        signal,
      );
      return;
    }
    await this.applier.prune([], ownershipOf(model), {
      pruneOrder: this.pruneOrder,
      signal,
    });
    this.renders.delete(model.uid);
    await this.setFinalizers(
      object,
      model.finalizers.filter(finalizer => finalizer !== FINALIZER),
      signal,
    );
  }

  private lacksFinalizer({ metadata }: KubeObject): boolean {
    return (
      !metadata.finalizers?.includes(FINALIZER) &&
      this.options.caches.isNamespaceManaged(metadata.namespace ?? '')
    );
  }

  /** Before a route is made that must not outlive its policy. */
  private async withFinalizer(
    object: KubeObject,
    signal: AbortSignal,
  ): Promise<KubeObject> {
    if (!this.lacksFinalizer(object)) {
      return object;
    }
    const { finalizers = [] } = object.metadata;
    return this.setFinalizers(object, [...finalizers, FINALIZER], signal);
  }

  private async setFinalizers(
    object: KubeObject,
    finalizers: string[],
    signal: AbortSignal,
  ): Promise<KubeObject> {
    const { namespace, name, resourceVersion } = object.metadata;
    try {
      const answer = await this.options.client.mergePatch(
        LLM_MODELS,
        { namespace, name },
        // With the version, so that a finalizer which somebody else sets at the same time is not lost.
        { metadata: { finalizers, resourceVersion } },
        { fieldManager: FIELD_MANAGER, signal },
      );
      this.options.caches.observeModel(answer);
      return answer;
    } catch (error) {
      if (isNotFound(error)) {
        return object;
      }
      throw error;
    }
  }
}

function ownershipOf(model: Model) {
  return {
    labels: { [LABELS.managedBy]: MANAGED_BY, [LABELS.model]: model.name },
    ownerUid: model.uid,
  };
}

/**
 * What the server refuses for good, as far as it can know; conflicts, overload and lost connections are not refusals. A server that fails is
 * one when it lasts: so it does where a webhook is away that it must ask.
 */
function refusalFrom(error: unknown, isLasting: boolean): Refusal | undefined {
  if (isConflict(error)) {
    return undefined;
  }
  if (
    error instanceof ForeignObjectError ||
    error instanceof KindNotServedError
  ) {
    return { code: 409, message: error.message };
  }
  const { code, message } =
    error instanceof KubeApiError ? error.status : { code: 0, message: '' };
  const isRefused = code >= 400 && code < 500 && code !== 429;
  return isRefused || (code >= 500 && isLasting)
    ? { code, message }
    : undefined;
}
