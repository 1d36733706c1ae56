import { KubeClient, Resource } from '@slipway/controller';

/** How many objects of a kind there are, from one small answer. */
export async function countObjects(
  client: KubeClient,
  resource: Resource,
): Promise<number> {
  const { items, remainingItemCount = 0 } = await client.list(resource, {
    limit: 1,
  });
  return items.length + remainingItemCount;
}

/** Counts of several kinds, by plural. */
export async function countKinds(
  client: KubeClient,
  resources: readonly Resource[],
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const resource of resources) {
    counts.set(resource.plural, await countObjects(client, resource));
  }
  return counts;
}

/**
 * Resolves when there are at least as many objects of each kind as wanted. Asks for one kind at a time, so that
 * measuring costs the server next to nothing.
 *
 * @throws Error naming the kind that is short, after `timeoutMs`
 */
export async function untilCounted(
  client: KubeClient,
  resources: readonly Resource[],
  wanted: ReadonlyMap<string, number>,
  options: { timeoutMs: number; intervalMs: number },
): Promise<void> {
  const deadline = performance.now() + options.timeoutMs;
  for (const resource of resources) {
    const goal = wanted.get(resource.plural) ?? 0;
    for (;;) {
      const count = await countObjects(client, resource);
      if (count >= goal) {
        break;
      }
      if (performance.now() > deadline) {
        throw new Error(
          `${resource.plural}: ${count} of ${goal} after ${
            options.timeoutMs / 1000
          } s`,
        );
      }
      await new Promise(resolve => setTimeout(resolve, options.intervalMs));
    }
  }
}
