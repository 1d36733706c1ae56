import {
  Applier,
  ControllerOptions,
  KubeClient,
  ObjectKey,
} from '@slipway/controller';
import { ModelCaches } from '../models/ModelCaches';
import { FIELD_MANAGER } from '../models/names';
import { Platform } from '../models/platform';
import { ENDPOINTS, GatewayFlavour } from './flavour';

/** What {@link defaultDenyController} works with. */
export interface DefaultDenyOptions {
  client: KubeClient;
  caches: ModelCaches;
  flavour: GatewayFlavour;
  platform(): Platform;
}

/**
 * A controller that keeps a policy on each endpoint's listener which lets nobody through: what a route without a policy of its own falls
 * back to. It is never taken away, also not when the operator goes.
 */
export function defaultDenyController(
  options: DefaultDenyOptions,
): ControllerOptions {
  const { client, caches, flavour } = options;
  const applier = new Applier({
    client,
    fieldManager: FIELD_MANAGER,
    caches: [caches.policies],
  });
  const wanted = () =>
    ENDPOINTS.map(endpoint => ({
      endpoint,
      policy: flavour.renderDefaultDeny(options.platform(), endpoint),
    }));
  const keys = (): ObjectKey[] =>
    wanted().map(({ policy }) => ({
      namespace: policy.metadata.namespace,
      name: policy.metadata.name,
    }));
  const keyNames = new Set(
    keys().map(({ namespace, name }) => `${namespace}/${name}`),
  );
  return {
    name: 'default-deny',
    workers: 1,
    watches: [
      {
        subscribe: add => {
          const addAll = () => keys().forEach(add);
          const unsubscribe = [
            caches.gateways.onEvent(
              event => event.type !== 'updated' && addAll(),
            ),
            caches.policies.onServed(addAll),
            caches.policies.onEvent(({ object: { metadata } }) => {
              const { namespace, name } = metadata;
              if (keyNames.has(`${namespace}/${name}`)) {
                add({ namespace, name });
              }
            }),
          ];
          return () => unsubscribe.forEach(end => end());
        },
      },
    ],
    async reconcile({ namespace, name }, { signal }) {
      for (const { endpoint, policy } of wanted()) {
        const { name: gateway, namespace: gatewayNamespace } =
          options.platform()[endpoint];
        const isThere =
          caches.gateways.get({
            namespace: gatewayNamespace,
            name: gateway,
          }) !== undefined;
        if (
          policy.metadata.name !== name ||
          policy.metadata.namespace !== namespace ||
          !isThere ||
          !caches.policies.served
        ) {
          continue;
        }
        await applier.apply(policy, { adopt: true, signal });
      }
    },
  };
}
