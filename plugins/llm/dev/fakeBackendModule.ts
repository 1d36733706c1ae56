import {
  ApiBlueprint,
  FetchApi,
  createFrontendModule,
  fetchApiRef,
} from '@backstage/frontend-plugin-api';
import { SignalApi, signalApiRef } from '@backstage/plugin-signals-react';
import { FakeBackend } from './FakeBackend';

/** A fetch API whose `plugin://llm` is a fake backend in the same process. */
export function fakeFetchApi(backend: FakeBackend): FetchApi {
  return {
    fetch: async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      const path = url.replace(/^plugin:\/\/llm/, '');
      if (init?.method && init.method !== 'GET') {
        await backend.slow;
      }
      const { status, contentType, body } = backend.handle(path, init?.method, {
        body: typeof init?.body === 'string' ? JSON.parse(init.body) : {},
        idempotencyKey:
          new Headers(init?.headers).get('idempotency-key') ?? undefined,
      });
      return new Response(body, {
        status,
        headers: { 'content-type': contentType },
      });
    },
  };
}

/** A signal API that nudges whenever the fake backend changes. */
export function fakeSignalApi(backend: FakeBackend): SignalApi {
  return {
    subscribe: (_channel, onMessage) => {
      // The message says that something changed and nothing more; its type is the subscriber's own claim.
      const unsubscribe = backend.onChange(() =>
        onMessage(JSON.parse('{"changed":true}')),
      );
      return { unsubscribe };
    },
  };
}

/** Puts a fake backend under the plugin in the development app. */
export function fakeBackendModule(backend: FakeBackend) {
  return createFrontendModule({
    pluginId: 'app',
    extensions: [
      ApiBlueprint.make({
        name: 'fetch',
        params: defineParams =>
          defineParams({
            api: fetchApiRef,
            deps: {},
            factory: () => fakeFetchApi(backend),
          }),
      }),
      ApiBlueprint.make({
        name: 'signals',
        params: defineParams =>
          defineParams({
            api: signalApiRef,
            deps: {},
            factory: () => fakeSignalApi(backend),
          }),
      }),
    ],
  });
}
