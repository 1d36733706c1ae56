import { KubeObject } from '@slipway/controller';
import { Model } from '../model';
import { metadataOf, namesOf, selectorOf } from '../names';

/** Has Prometheus scrape a model's servers. */
export function renderPodMonitor(model: Model): KubeObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: metadataOf(model, namesOf(model).podMonitor),
    spec: {
      selector: { matchLabels: selectorOf(model) },
      podMetricsEndpoints: [
        { port: 'http', path: '/metrics', interval: '30s' },
      ],
    },
  };
}
