import { HttpKubeClient } from './httpKubeClient';
import { KubeClient } from './types';

/**
 * The same client, which calls `guard` before each write; what that throws the write throws. With our own client this happens right
 * before the request goes out, after any waiting.
 */
export function guardWrites(client: KubeClient, guard: () => void): KubeClient {
  if (client instanceof HttpKubeClient) {
    return client.guarded(guard);
  }
  return {
    get: client.get.bind(client),
    list: client.list.bind(client),
    watch: client.watch.bind(client),
    logs: client.logs.bind(client),
    isServed: client.isServed.bind(client),
    create: async (resource, object, options) => {
      guard();
      return client.create(resource, object, options);
    },
    update: async (resource, object, options) => {
      guard();
      return client.update(resource, object, options);
    },
    apply: async (resource, object, options) => {
      guard();
      return client.apply(resource, object, options);
    },
    mergePatch: async (resource, key, patch, options) => {
      guard();
      return client.mergePatch(resource, key, patch, options);
    },
    delete: async (resource, key, options) => {
      guard();
      return client.delete(resource, key, options);
    },
  };
}
