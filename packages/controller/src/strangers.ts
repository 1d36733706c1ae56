import { Cache } from './cache';
import { Clock, systemClock } from './clock';
import { keyOf, keyString } from './resources';
import { KubeClient, KubeObject, ObjectKey } from './types';

/** An answer is good for this long: when a burst makes objects in a namespace, few of them ask. */
const FRESH_MS = 5_000;

interface Answer {
  atMs: number;
  byKey: Promise<Map<string, KubeObject>>;
}

/**
 * Objects that a cache does not hold because it is narrowed by a label that they lack. Whoever makes an object under a name that is free as far as
 * the cache knows asks here first; the server is asked kind by kind and namespace by namespace, for metadata only.
 */
export class Strangers {
  /** By kind and namespace, oldest first. */
  private readonly answers = new Map<string, Answer>();

  constructor(
    private readonly client: Pick<KubeClient, 'list'>,
    private readonly clock: Pick<Clock, 'monotonicMs'> = systemClock,
  ) {}

  /**
   * The metadata of an object that exists, or existed 5 s ago, outside of the cache's label selector.
   *
   * @throws KubeApiError; Error when the selector is not of the form `name=value`
   */
  async find(
    cache: Pick<Cache, 'resource' | 'scope'>,
    key: ObjectKey,
  ): Promise<KubeObject | undefined> {
    const { labelSelector } = cache.scope;
    if (labelSelector === undefined) {
      return undefined;
    }
    const { apiVersion, plural } = cache.resource;
    const place = `${apiVersion}/${plural}/${key.namespace ?? ''}`;
    const nowMs = this.clock.monotonicMs();
    this.forgetBefore(nowMs - FRESH_MS);
    let answer = this.answers.get(place);
    if (!answer) {
      answer = { atMs: nowMs, byKey: this.ask(cache, key, labelSelector) };
      this.answers.set(place, answer);
      answer.byKey.catch(() => this.answers.delete(place));
    }
    return (await answer.byKey).get(keyString(key));
  }

  private async ask(
    { resource }: Pick<Cache, 'resource'>,
    { namespace }: ObjectKey,
    labelSelector: string,
  ): Promise<Map<string, KubeObject>> {
    const { items } = await this.client.list(resource, {
      namespace,
      labelSelector: complementOf(labelSelector),
      metadataOnly: true,
    });
    return new Map(items.map(object => [keyString(keyOf(object)), object]));
  }

  private forgetBefore(atMs: number): void {
    for (const [place, answer] of this.answers) {
      if (answer.atMs > atMs) {
        return;
      }
      this.answers.delete(place);
    }
  }
}

/** Selects what a selector of one value does not. */
function complementOf(selector: string): string {
  const [, name, value] = /^([^=!,\s()]+)=([^=!,\s()]+)$/.exec(selector) ?? [];
  if (name === undefined) {
    throw new Error(
      `label selector "${selector}": what it leaves out can't be selected; narrow the cache by one label, such as app=web`,
    );
  }
  return `${name}!=${value}`;
}
