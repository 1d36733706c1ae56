import type { LoggerService } from '@backstage/backend-plugin-api';
import { Entity, stringifyEntityRef } from '@backstage/catalog-model';
import type {
  EntityProvider,
  EntityProviderConnection,
} from '@backstage/plugin-catalog-node';
import type { LlmModel } from '@slipway/plugin-llm-common';
import type { ModelSource } from '@slipway/plugin-llm-node';
import { EntitySettings, toEntities } from './toEntities';

/** Changes that come within this time go to the catalog together. */
const GATHER_MS = 250;
/** What the catalog did not take is handed over again after this time. */
const RETRY_MS = 10_000;

/** An entity, and what tells whether it has changed. */
interface Made {
  ref: string;
  json: string;
  entity: Entity;
}

interface ModelEntityProviderOptions {
  source: ModelSource;
  settings: EntitySettings;
  logger: LoggerService;
  /** {@link RETRY_MS} if absent. */
  retryMs?: number;
}

/**
 * Keeps the catalog's entities of models current. The first time it hands over all of them, so that what went away while nobody watched goes
 * away; after that only what changed. Nothing is handed over before the models are known, because an incomplete list would delete entities.
 */
export class ModelEntityProvider implements EntityProvider {
  readonly #options: ModelEntityProviderOptions;
  /** What the catalog has. */
  readonly #known = new Map<string, Made>();
  /** Entities are made once per version of a model: making those of thousands takes a second. */
  readonly #made = new WeakMap<LlmModel, Made[]>();
  #connection?: EntityProviderConnection;
  #complete = false;
  #timer?: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();
  #unsubscribe?: () => void;

  static create(options: ModelEntityProviderOptions): ModelEntityProvider {
    return new ModelEntityProvider(options);
  }

  private constructor(options: ModelEntityProviderOptions) {
    this.#options = options;
  }

  /** {@inheritdoc @backstage/plugin-catalog-node#EntityProvider.getProviderName} */
  getProviderName(): string {
    return 'LlmProvider:models';
  }

  /** {@inheritdoc @backstage/plugin-catalog-node#EntityProvider.connect} */
  async connect(connection: EntityProviderConnection): Promise<void> {
    this.#connection = connection;
    const { source } = this.#options;
    this.#unsubscribe = source.onChange(() => this.#soon());
    // Not awaited: the catalog starts without the cluster, too.
    source.ready().then(
      () => this.#soon(),
      error => this.#options.logger.error('Models can not be read', error),
    );
  }

  /** Ends the watch and waits for the mutation in flight. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    await this.#running;
    clearTimeout(this.#timer);
  }

  #soon(delayMs = GATHER_MS): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#running.then(() => this.#refresh());
    }, delayMs);
  }

  async #refresh(): Promise<void> {
    try {
      await this.#hand();
    } catch (error) {
      this.#complete = false;
      this.#options.logger.warn(
        'Entities of models could not be handed to the catalog; they will be again',
        error instanceof Error ? error : undefined,
      );
      this.#soon(this.#options.retryMs ?? RETRY_MS);
    }
  }

  async #hand(): Promise<void> {
    const { source } = this.#options;
    const connection = this.#connection;
    if (!connection) {
      return;
    }
    await source.ready();
    const current = new Map(
      source
        .list()
        .flatMap(model => this.#entitiesOf(model))
        .map(made => [made.ref, made]),
    );
    const deferred = (entity: Entity) => ({
      entity,
      locationKey: this.getProviderName(),
    });
    if (!this.#complete) {
      await connection.applyMutation({
        type: 'full',
        entities: [...current.values()].map(({ entity }) => deferred(entity)),
      });
      this.#complete = true;
    } else {
      const added = [...current].filter(
        ([ref, { json }]) => this.#known.get(ref)?.json !== json,
      );
      const removed = [...this.#known].filter(([ref]) => !current.has(ref));
      if (added.length || removed.length) {
        await connection.applyMutation({
          type: 'delta',
          added: added.map(([, { entity }]) => deferred(entity)),
          removed: removed.map(([, { entity }]) => deferred(entity)),
        });
      }
    }
    this.#known.clear();
    for (const [ref, entry] of current) {
      this.#known.set(ref, entry);
    }
  }

  #entitiesOf(model: LlmModel): Made[] {
    const known = this.#made.get(model);
    if (known) {
      return known;
    }
    const made = toEntities(model, this.#options.settings).map(entity => ({
      ref: stringifyEntityRef(entity),
      json: JSON.stringify(entity),
      entity,
    }));
    this.#made.set(model, made);
    return made;
  }
}
