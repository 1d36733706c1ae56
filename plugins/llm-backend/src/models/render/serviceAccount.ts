import { KubeObject } from '@slipway/controller';
import { Model } from '../model';
import { metadataOf, namesOf } from '../names';

/** Identity of a model's server and download pods. They never talk to the API server, so no token is mounted. */
export function renderServiceAccount(model: Model): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadataOf(model, namesOf(model).serviceAccount),
    automountServiceAccountToken: false,
  };
}
