import { createHash } from 'node:crypto';
import { NotFoundError } from '@backstage/errors';
import type { KubeClient } from '@slipway/controller';
import {
  Caller,
  CallJudge,
  DownloadProgress,
  LlmModel,
  ModelDetail,
  ModelList,
  ModelQuery,
  ModelSummary,
} from '@slipway/plugin-llm-common';
import type { ModelSource } from '@slipway/plugin-llm-node';
import { stringify } from 'yaml';
import { gpuResource } from '../models/model';
import { toDetailFacts } from './detail';
import {
  DownloadReadings,
  isDownloading,
  readProgress,
} from './DownloadReadings';
import { EventReadings } from './EventReadings';
import { PodView, toModelPod } from './pods';
import { queryModels } from './query';
import { ModelKey, readObjects, readPods } from './readModel';
import {
  ModelFacts,
  ViewSettings,
  openEndpoints,
  toFacts,
  toSummary,
} from './summary';

/** Who asks, and which models she may see. */
export interface Viewer extends Caller {
  /** Her entity ref. */
  userEntityRef: string;
  mayRead(model: LlmModel): boolean;
}

/** Which lines of which container's log. */
export interface LogQuery {
  container?: string;
  tailLines?: number;
  previous?: boolean;
}

/** Settings of the service. */
export interface ModelServiceOptions {
  source: ModelSource;
  client: KubeClient;
  settings: ViewSettings;
  /** Base URLs (ending in `/v1`) at which models answer once they are Ready. */
  addresses?: ModelDetail['addresses'];
  /** Path of their CA certificate on people's machines. */
  caFile?: string;
  /** Finds out how a viewer stands to models; asked once for a page, however many models are on it. */
  standingOf?: (
    viewer: Viewer,
  ) => Promise<(model: string) => ModelSummary['myAccess']>;
  /** Tells who judges calls at the gateway. */
  judge?: () => Promise<CallJudge | undefined>;
  /** Tells how to get a token for the internal endpoint. */
  token?: () => Promise<ModelDetail['token']>;
}

/**
 * What the portal tells about models. Lists come from the watch that the process keeps anyway, and from {@link DownloadReadings}; pods,
 * objects and events ({@link EventReadings}) are read when somebody looks at a model, and never otherwise.
 */
export class ModelService {
  readonly #options: ModelServiceOptions;
  /** Facts are derived once per version of a model. */
  readonly #facts = new WeakMap<LlmModel, ModelFacts>();
  readonly #downloads: DownloadReadings;
  readonly #events: EventReadings;

  static create(options: ModelServiceOptions): ModelService {
    return new ModelService(options);
  }

  private constructor(options: ModelServiceOptions) {
    this.#options = options;
    this.#downloads = DownloadReadings.create(options);
    this.#events = EventReadings.create(options);
  }

  /**
   * A page of the models that the viewer may see.
   *
   * @throws InputError when the cursor is not one of this list
   */
  async list(viewer: Viewer, query: ModelQuery): Promise<ModelList> {
    const { source } = this.#options;
    await source.ready();
    const [myAccess, judge] = await Promise.all([
      this.#options.standingOf?.(viewer),
      this.#options.judge?.(),
    ]);
    const visible = source.list().filter(model => viewer.mayRead(model));
    const summaries = visible.map(model =>
      toSummary(model, this.#factsOf(model), viewer),
    );
    const refused = new Set(
      summaries
        .map(idOf)
        .filter(model => myAccess?.(model)?.state === 'refused'),
    );
    const page = queryModels(summaries, query, {
      callerRef: viewer.userEntityRef,
      isRefused: model => refused.has(idOf(model)),
    });
    const downloads = await this.#downloads.of(
      page.items.filter(({ phase }) => phase === 'Downloading').map(idOf),
    );
    const items = page.items.map(item => ({
      ...item,
      endpoints: openEndpoints(item.endpoints, judge),
      myAccess: myAccess?.(idOf(item)),
      download: downloads.get(idOf(item)),
    }));
    const asOf = source.lastHeard();
    return {
      ...page,
      items,
      // A block takes models out of that list and changes none of them.
      revision: revisionOf(visible, query.access === 'open' ? refused : []),
      asOf: asOf.toISOString(),
      silentForMs: Math.max(0, Date.now() - asOf.getTime()),
    };
  }

  /**
   * Everything about one model.
   *
   * @throws NotFoundError when there is no such model or the viewer may not see it: the two are told alike
   */
  async get(viewer: Viewer, key: ModelKey): Promise<ModelDetail> {
    const model = await this.#find(viewer, key);
    const facts = this.#factsOf(model);
    const gpus = gpuResource(facts.gpus.type);
    const { addresses, client } = this.#options;
    const [modelPods, objects] = await Promise.all([
      readPods(client, key),
      readObjects(client, key),
    ]);
    const [modelEvents, download, token, myAccess, judge] = await Promise.all([
      this.#events.of(key, {
        pods: modelPods,
        objects: objects.map(({ object }) => object),
      }),
      facts.phase === 'Downloading' ? this.#downloadOf(modelPods) : undefined,
      this.#options.token?.(),
      this.#options.standingOf?.(viewer),
      this.#options.judge?.(),
    ]);
    return {
      ...toSummary(model, facts, viewer),
      ...toDetailFacts(model, facts),
      endpoints: openEndpoints(facts.endpoints, judge),
      myAccess: myAccess?.(idOf(key)),
      download,
      pods: modelPods.map(pod => toModelPod(pod, gpus)),
      events: modelEvents,
      objects: objects.map(({ row }) => row),
      addresses: addresses && openEndpoints(addresses, judge),
      caFile: this.#options.caFile,
      token,
    };
  }

  /**
   * The last lines of the log of one of the model's pods.
   *
   * @throws NotFoundError when the model is not the viewer's to see, or the pod is not the model's
   */
  async logs(
    viewer: Viewer,
    key: ModelKey & { pod: string },
    query: LogQuery,
  ): Promise<string> {
    await this.#find(viewer, key);
    const { client } = this.#options;
    const own = await readPods(client, key);
    if (!own.some(pod => pod.metadata.name === key.pod)) {
      throw new NotFoundError(`Model ${key.name} has no pod ${key.pod}`);
    }
    return client.logs({ namespace: key.namespace, name: key.pod }, query);
  }

  /**
   * One of the objects that the operator made for a model, as YAML without managed fields.
   *
   * @throws NotFoundError when the model is not the viewer's to see, or the object is not the model's
   */
  async object(
    viewer: Viewer,
    key: ModelKey & { kind: string; objectName: string },
  ): Promise<string> {
    await this.#find(viewer, key);
    const found = (await readObjects(this.#options.client, key)).find(
      ({ row }) => row.kind === key.kind && row.name === key.objectName,
    );
    if (!found) {
      throw new NotFoundError(
        `Model ${key.name} has no ${key.kind} ${key.objectName}`,
      );
    }
    const { managedFields: _managedFields, ...metadata } =
      found.object.metadata;
    return stringify({ ...found.object, metadata });
  }

  async #find(viewer: Viewer, key: ModelKey): Promise<LlmModel> {
    const { source } = this.#options;
    await source.ready();
    const model = source.get(key.namespace, key.name);
    if (!model || !viewer.mayRead(model)) {
      throw new NotFoundError(
        `There is no model ${key.namespace}/${key.name} that you may see`,
      );
    }
    return model;
  }

  #factsOf(model: LlmModel): ModelFacts {
    const known = this.#facts.get(model);
    if (known) {
      return known;
    }
    const facts = toFacts(model, this.#options.settings);
    this.#facts.set(model, facts);
    return facts;
  }

  async #downloadOf(
    modelPods: PodView[],
  ): Promise<DownloadProgress | undefined> {
    const pod = modelPods.find(isDownloading);
    return (
      pod &&
      readProgress(this.#options.client, {
        namespace: pod.metadata.namespace ?? '',
        name: pod.metadata.name,
      })
    );
  }
}

function idOf({ namespace, name }: ModelKey): string {
  return `${namespace}/${name}`;
}

function revisionOf(models: LlmModel[], leftOut: Iterable<string>): string {
  const hash = createHash('sha256');
  const versions = models
    .map(({ metadata }) => `${metadata.uid}:${metadata.resourceVersion}`)
    .sort();
  for (const version of [...versions, ...[...leftOut].sort()]) {
    hash.update(version).update('\n');
  }
  return hash.digest('base64url').slice(0, 22);
}
