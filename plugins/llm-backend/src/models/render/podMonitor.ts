import { KubeObject } from '@slipway/controller';
import { Model } from '../model';
import { metadataOf, namesOf, selectorOf } from '../names';

/** Has Prometheus scrape a model's servers, or nothing where monitoring is off. */
export function renderPodMonitor(model: Model): KubeObject | undefined {
  if (!model.serving.monitoring) {
    return undefined;
  }
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
