import {
  Cache,
  Clock,
  isForbidden,
  keyOf,
  KubeClient,
  KubeObject,
  Logger,
  ObjectKey,
  WatchSource,
} from '@slipway/controller';
import { recordAt, textAt } from './json';
import { READ_KINDS } from './kinds';
import { Observed } from './observed';

/** Permission to read Secrets is looked for again after this long. */
const FORBIDDEN_RETRY_MS = 600_000;
const TOKEN_KEY = 'HF_TOKEN';

/** What is known about one Secret. */
interface SecretWatch {
  cache?: Cache;
  refusedAtMs?: number;
}

/**
 * Sees whether the Secrets that downloads need are there, one watch for each name that a model names: the values of other Secrets never come
 * near this process, and those of the named ones are dropped as they arrive. Where reading is not allowed nothing breaks: failed downloads
 * are then tried again by time alone.
 */
export class SecretWatches {
  /** Models whose Secret comes, goes or changes. */
  readonly changes: WatchSource = {
    subscribe: add => {
      this.listeners.add(add);
      return () => this.listeners.delete(add);
    },
  };
  private readonly listeners = new Set<(key: ObjectKey) => void>();
  private readonly watches = new Map<string, SecretWatch>();
  private readonly unsubscribe: () => void;

  constructor(
    private readonly options: {
      client: KubeClient;
      clock: Clock;
      logger: Logger;
      models: Pick<Cache, 'list' | 'onEvent'>;
    },
  ) {
    this.unsubscribe = options.models.onEvent(event => {
      if (event.type === 'updated') {
        const isSame =
          secretNameOf(event.previous) === secretNameOf(event.object);
        if (!isSame) {
          this.release(event.previous);
        }
      } else if (event.type === 'deleted') {
        this.release(event.object);
      }
    });
  }

  /** What is known about a Secret; nothing while it is not, or may not be. */
  find(namespace: string, name: string): Observed['secret'] {
    const key = `${namespace}/${name}`;
    const watch = this.watches.get(key);
    const retry =
      watch?.refusedAtMs !== undefined &&
      this.options.clock.monotonicMs() - watch.refusedAtMs > FORBIDDEN_RETRY_MS;
    if (!watch || retry) {
      const fresh: SecretWatch = {};
      this.watches.set(key, fresh);
      this.open(fresh, namespace, name).catch(error => this.warn(key, error));
      return undefined;
    }
    if (!watch.cache?.hasSynced) {
      return undefined;
    }
    const secret = watch.cache.get({ namespace, name });
    return {
      found: secret !== undefined,
      hasToken: TOKEN_KEY in recordAt(secret, 'data'),
      version: secret?.metadata.resourceVersion ?? 'absent',
    };
  }

  /** Closes all watches. */
  async stop(): Promise<void> {
    this.unsubscribe();
    const watches = [...this.watches.values()];
    this.watches.clear();
    await Promise.all(watches.map(({ cache }) => cache?.stop()));
  }

  private async open(
    watch: SecretWatch,
    namespace: string,
    name: string,
  ): Promise<void> {
    const { client, clock, logger } = this.options;
    const key = `${namespace}/${name}`;
    const scope = { namespace, fieldSelector: `metadata.name=${name}` };
    try {
      await client.list(READ_KINDS.secrets, { ...scope, limit: 1 });
    } catch (error) {
      const forbidden = isForbidden(error);
      watch.refusedAtMs = clock.monotonicMs();
      logger.info(
        forbidden
          ? `the Secret ${key} may not be read; a download that needs it is tried again by time alone`
          : `the Secret ${key} could not be read: ${String(error)}`,
      );
      return;
    }
    if (!this.isNamed(namespace, name)) {
      // The last of them went while we asked.
      this.watches.delete(key);
    }
    if (this.watches.get(key) !== watch) {
      return;
    }
    const cache = new Cache({
      client,
      clock,
      logger,
      resource: READ_KINDS.secrets,
      scope,
      transform: withoutValues,
    });
    watch.cache = cache;
    cache.onEvent(() => this.tell(namespace, name));
    cache.start();
    await cache.waitForSync();
    this.tell(namespace, name);
  }

  /** Closes the watch of the Secret that a model named, if none does any more. */
  private release(model: KubeObject): void {
    const { namespace = '' } = model.metadata;
    const name = secretNameOf(model);
    const key = `${namespace}/${name}`;
    const watch = this.watches.get(key);
    if (watch && name !== undefined && !this.isNamed(namespace, name)) {
      this.watches.delete(key);
      watch.cache?.stop().catch(error => this.warn(key, error));
    }
  }

  private tell(namespace: string, name: string): void {
    this.options.models
      .list(namespace)
      .filter(model => secretNameOf(model) === name)
      .forEach(model => this.listeners.forEach(add => add(keyOf(model))));
  }

  private isNamed(namespace: string, name: string): boolean {
    return this.options.models
      .list(namespace)
      .some(model => secretNameOf(model) === name);
  }

  private warn(key: string, error: unknown): void {
    this.options.logger.warn(`Secret ${key}: ${String(error)}`);
  }
}

function secretNameOf(model: KubeObject): string | undefined {
  return textAt(model.spec, 'model', 'authSecretName');
}

function withoutValues(secret: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion } = secret.metadata;
  const keys = Object.keys(recordAt(secret, 'data'));
  return {
    apiVersion: secret.apiVersion,
    kind: secret.kind,
    metadata: { name, namespace, uid, resourceVersion },
    data: Object.fromEntries(keys.map(key => [key, ''])),
  };
}
