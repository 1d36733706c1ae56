import { KubeObject } from '@slipway/controller';
import { Model } from '../model';
import { LABELS, metadataOf, namesOf, selectorOf, SERVER_PORT } from '../names';
import { Platform } from '../platform';

/** Port of the endpoint picker's metrics. */
export const PICKER_METRICS_PORT = 9090;
/** Where Envoy Gateway runs its proxies unless told otherwise. */
const PROXY_NAMESPACE = 'envoy-gateway-system';

/** Only the gateway, this model's own endpoint picker and Prometheus reach a model's pods. */
export function renderNetworkPolicy(
  model: Model,
  platform: Platform,
): KubeObject {
  const gateways = new Set([
    platform.external.namespace,
    platform.internal.namespace,
    PROXY_NAMESPACE,
  ]);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(model, namesOf(model).networkPolicy),
    spec: {
      podSelector: {
        matchLabels: {
          [LABELS.instance]: model.name,
          [LABELS.model]: model.name,
        },
      },
      policyTypes: ['Ingress'],
      ingress: [
        ...[...gateways]
          .sort()
          .map(namespace => ({ from: [fromNamespace(namespace)] })),
        { from: [{ podSelector: { matchLabels: selectorOf(model, 'epp') } }] },
        {
          from: [fromNamespace(platform.monitoringNamespace)],
          ports: [
            { protocol: 'TCP', port: SERVER_PORT },
            { protocol: 'TCP', port: PICKER_METRICS_PORT },
          ],
        },
      ],
    },
  };
}

function fromNamespace(name: string) {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
  };
}
