import { KubeObject } from '@slipway/controller';
import { Model } from '../model';
import { metadataOf, namesOf, selectorOf, SERVER_PORT } from '../names';

/** The Service in front of a model's server pods; the network policy lets only the gateway through. */
export function renderService(model: Model): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(model, namesOf(model).server),
    spec: {
      type: 'ClusterIP',
      selector: selectorOf(model),
      ports: [
        {
          name: 'http',
          port: SERVER_PORT,
          protocol: 'TCP',
          targetPort: 'http',
        },
      ],
    },
  };
}
