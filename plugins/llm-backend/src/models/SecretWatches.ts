import {
  Cache,
  Clock,
  isForbidden,
  KubeClient,
  KubeObject,
  Logger,
} from '@slipway/controller';
import { recordAt } from './json';
import { READ_KINDS } from './kinds';
import { Observed } from './observed';

/** Permission to read Secrets is looked for again after this long. */
const FORBIDDEN_RETRY_MS = 600_000;
const TOKEN_KEY = 'HF_TOKEN';

/**
 * Sees whether the Secrets that downloads need are there, one watch for each name: the values of other Secrets never come near this
 * process, and those of the named ones are dropped as they arrive. Where reading is not allowed nothing breaks: failed downloads are then
 * tried again by time alone.
 */
export class SecretWatches {
  private readonly watches = new Map<
    string,
    { cache?: Cache; refusedAtMs?: number }
  >();

  constructor(
    private readonly options: {
      client: KubeClient;
      clock: Clock;
      logger: Logger;
      /** Called when a Secret comes, goes or changes. */
      onChange(namespace: string, name: string): void;
    },
  ) {}

  /** What is known about a Secret; nothing while it is not, or may not be. */
  find(namespace: string, name: string): Observed['secret'] {
    const key = `${namespace}/${name}`;
    const watch = this.watches.get(key);
    const retry =
      watch?.refusedAtMs !== undefined &&
      this.options.clock.monotonicMs() - watch.refusedAtMs > FORBIDDEN_RETRY_MS;
    if (!watch || retry) {
      this.watches.set(key, {});
      this.open(namespace, name).catch(error =>
        this.options.logger.warn(`Secret ${key}: ${String(error)}`),
      );
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
    await Promise.all(
      [...this.watches.values()].map(({ cache }) => cache?.stop()),
    );
    this.watches.clear();
  }

  private async open(namespace: string, name: string): Promise<void> {
    const { client, clock, logger, onChange } = this.options;
    const key = `${namespace}/${name}`;
    const scope = { namespace, fieldSelector: `metadata.name=${name}` };
    try {
      await client.list(READ_KINDS.secrets, { ...scope, limit: 1 });
    } catch (error) {
      const forbidden = isForbidden(error);
      this.watches.set(key, { refusedAtMs: clock.monotonicMs() });
      logger.info(
        forbidden
          ? `the Secret ${key} may not be read; a download that needs it is tried again by time alone`
          : `the Secret ${key} could not be read: ${String(error)}`,
      );
      return;
    }
    if (!this.watches.has(key)) {
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
    this.watches.set(key, { cache });
    cache.onEvent(() => onChange(namespace, name));
    cache.start();
    await cache.waitForSync();
    onChange(namespace, name);
  }
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
