import { Cache } from './cache';
import { Clock, pause, systemClock } from './clock';
import { isForbidden, isNotFound } from './errors';
import { Logger } from './logger';
import { CUSTOM_RESOURCE_DEFINITIONS, groupOf, versionOf } from './resources';
import { KubeClient, KubeObject, Resource } from './types';

/** What matters here of a CustomResourceDefinition; the rest, which is large, is not kept. */
interface Definition extends KubeObject {
  spec?: {
    group?: string;
    names?: { plural?: string };
    versions?: { name?: string; served?: boolean }[];
  };
  status?: { conditions?: { type?: string; status?: string }[] };
  /** Made by {@link summarise}: `plural.group/version` of each version that is served now. */
  served?: string[];
}

/** How often a kind is asked for when definitions can't be watched: it is built in, or we may not read them. */
const CHECK_MS = 60_000;

/** Knows when a kind that is not served begins to be, by watching CustomResourceDefinitions. Starts when first asked. */
export class ServedKinds {
  private readonly definitions: Cache<Definition>;
  private readonly clock: Clock;
  private readonly random: () => number;
  /** Whether definitions may be read; undefined until the server has said so. */
  private readable: boolean | undefined;
  private asking: Promise<void> | undefined;

  constructor(
    private readonly options: {
      client: KubeClient;
      logger?: Logger;
      clock?: Clock;
      random?: () => number;
    },
  ) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    this.definitions = new Cache<Definition>({
      ...options,
      resource: CUSTOM_RESOURCE_DEFINITIONS,
      transform: summarise,
    });
  }

  /**
   * Resolves when it is worth trying again to read this kind, or when the signal aborts. Pause between calls: it resolves at once when the
   * server can't say now whether definitions may be read.
   */
  async untilServed(resource: Resource, signal: AbortSignal): Promise<void> {
    const isDefined = groupOf(resource).includes('.');
    if (isDefined && this.readable === undefined) {
      this.asking ??= this.askForDefinitions(signal);
      await this.asking;
    }
    if (!isDefined || this.readable === false) {
      await pause(this.clock, CHECK_MS * (1 + this.random()), signal);
    } else if (this.readable) {
      await this.untilDefined(resource, signal);
    }
  }

  /** Calls back when the definition of a kind goes, if definitions are being watched. Returns how to stop it. */
  onGone(resource: Resource, callback: () => void): () => void {
    const name = `${resource.plural}.${groupOf(resource)}`;
    return this.definitions.onEvent(({ type, object }) => {
      if (type === 'deleted' && object.metadata.name === name) {
        callback();
      }
    });
  }

  /** Closes the watch. */
  async stop(): Promise<void> {
    await this.definitions.stop();
  }

  private async untilDefined(
    resource: Resource,
    signal: AbortSignal,
  ): Promise<void> {
    this.definitions.start();
    const wanted = `${resource.plural}.${groupOf(resource)}/${versionOf(
      resource,
    )}`;
    await new Promise<void>(resolve => {
      if (signal.aborted) {
        resolve();
        return;
      }
      let unsubscribe = () => {};
      const end = () => {
        signal.removeEventListener('abort', end);
        // The first events come before there is something to unsubscribe.
        queueMicrotask(() => unsubscribe());
        resolve();
      };
      signal.addEventListener('abort', end, { once: true });
      unsubscribe = this.definitions.onEvent(event => {
        if (event.type !== 'deleted' && event.object.served?.includes(wanted)) {
          end();
        }
      });
    });
  }

  /** Only the server's own word counts as a no: a server that does not answer is asked again. */
  private async askForDefinitions(signal: AbortSignal): Promise<void> {
    const { client, logger } = this.options;
    try {
      await client.list(CUSTOM_RESOURCE_DEFINITIONS, { limit: 1 }, { signal });
      this.readable = true;
    } catch (error) {
      if (isForbidden(error) || isNotFound(error)) {
        this.readable = false;
        logger?.warn(
          'CustomResourceDefinitions can not be read, so kinds that appear are noticed late: allow list and watch on them',
        );
      }
    } finally {
      this.asking = undefined;
    }
  }
}

function summarise({
  apiVersion,
  kind,
  metadata,
  spec,
  status,
}: Definition): Definition {
  const { name, uid, resourceVersion } = metadata;
  const established = status?.conditions?.some(
    each => each.type === 'Established' && each.status === 'True',
  );
  const versions = established ? spec?.versions ?? [] : [];
  return {
    apiVersion,
    kind,
    metadata: { name, uid, resourceVersion },
    served: versions
      .filter(version => version.served)
      .map(version => `${spec?.names?.plural}.${spec?.group}/${version.name}`),
  };
}
