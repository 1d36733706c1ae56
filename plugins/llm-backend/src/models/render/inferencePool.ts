import { KubeObject } from '@slipway/controller';
import { Model } from '../model';
import { metadataOf, namesOf, selectorOf, SERVER_PORT } from '../names';
import { PICKER_GRPC_PORT } from './endpointPicker';

/**
 * The pool of a model's servers that the gateway sends requests to. One port and an explicit picker, as older installations of the
 * inference extension need them.
 */
export function renderInferencePool(model: Model): KubeObject {
  const names = namesOf(model);
  return {
    apiVersion: 'inference.networking.k8s.io/v1',
    kind: 'InferencePool',
    metadata: metadataOf(model, names.pool),
    spec: {
      selector: { matchLabels: selectorOf(model) },
      targetPorts: [{ number: SERVER_PORT }],
      endpointPickerRef: {
        kind: 'Service',
        name: names.picker,
        port: { number: PICKER_GRPC_PORT },
      },
    },
  };
}
