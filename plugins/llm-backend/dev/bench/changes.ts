import { KubeClient, KubeObject, WatchEvent } from '@slipway/controller';
import { GENERATED_KINDS, LLM_MODELS } from '../../src/models/kinds';

const PATIENCE_MS = 30_000;

/** How long single changes took, in ms. */
export interface ChangeTimes {
  p50Ms: number;
  p99Ms: number;
}

/**
 * Changes the image of one model after the other, and takes the time from sending the change until a watcher sees the
 * Deployment with it.
 *
 * @throws Error naming the model whose change had no effect within 30 s
 */
export async function timeChanges(
  client: KubeClient,
  models: readonly KubeObject[],
  count: number,
): Promise<ChangeTimes> {
  const waiting = new Map<string, { image: string; seen: () => void }>();
  const watching = new AbortController();
  const { resourceVersion } = await client.list(GENERATED_KINDS.deployments, {
    limit: 1,
  });
  const watch = client.watch(
    GENERATED_KINDS.deployments,
    { resourceVersion },
    {
      signal: watching.signal,
      onEvent: ({ object }: WatchEvent) => {
        const owner = object.metadata.ownerReferences?.[0]?.name ?? '';
        const wish = waiting.get(`${object.metadata.namespace}/${owner}`);
        if (wish && imagesOf(object).includes(wish.image)) {
          wish.seen();
        }
      },
    },
  );
  const times: number[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const { metadata } = models[index % models.length];
      const key = `${metadata.namespace}/${metadata.name}`;
      const image = `bench/server:${index}`;
      const started = performance.now();
      const effect = new Promise<void>((resolve, reject) => {
        waiting.set(key, { image, seen: resolve });
        setTimeout(
          () =>
            reject(
              new Error(`${key}: no effect within ${PATIENCE_MS / 1000} s`),
            ),
          PATIENCE_MS,
        ).unref();
      });
      await client.mergePatch(LLM_MODELS, metadata, {
        spec: { serving: { image } },
      });
      await effect;
      times.push(performance.now() - started);
      waiting.delete(key);
    }
  } finally {
    watching.abort();
    await watch;
  }
  times.sort((left, right) => left - right);
  return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) };
}

function imagesOf(deployment: KubeObject): unknown[] {
  const { containers = [] } = Object(
    Object(Object(deployment.spec).template).spec,
  );
  return containers.map((container: unknown) => Object(container).image);
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];
}
