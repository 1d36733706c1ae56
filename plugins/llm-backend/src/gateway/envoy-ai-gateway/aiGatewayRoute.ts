import { KubeObject } from '@slipway/controller';
import { Model } from '../../models/model';
import { metadataOf, namesOf } from '../../models/names';
import { Platform } from '../../models/platform';
import { Endpoint } from '../flavour';

/**
 * Sends requests for a model id to the model's pool. `sectionName` is needed: the AI gateway adds a catch-all rule to the HTTPRoute that it
 * generates, which would else answer for every host of the Gateway. The API server's defaults are written out: rules are compared as a whole.
 */
export function renderAIGatewayRoute(
  model: Model,
  platform: Platform,
  endpoint: Endpoint,
  modelId: string,
): KubeObject {
  const gateway = platform[endpoint];
  const names = namesOf(model);
  return {
    apiVersion: 'aigateway.envoyproxy.io/v1beta1',
    kind: 'AIGatewayRoute',
    metadata: metadataOf(
      model,
      endpoint === 'external' ? names.externalRoute : names.internalRoute,
    ),
    spec: {
      parentRefs: [
        {
          group: 'gateway.networking.k8s.io',
          kind: 'Gateway',
          name: gateway.name,
          namespace: gateway.namespace,
          sectionName: gateway.listener,
        },
      ],
      hostnames: [gateway.hostname],
      rules: [
        {
          matches: [
            {
              headers: [
                { type: 'Exact', name: 'x-ai-eg-model', value: modelId },
              ],
            },
          ],
          backendRefs: [
            {
              group: 'inference.networking.k8s.io',
              kind: 'InferencePool',
              name: names.pool,
              priority: 0,
              weight: 1,
            },
          ],
          modelsOwnedBy: 'Envoy AI Gateway',
          timeouts: { request: model.endpoints.requestTimeout },
        },
      ],
      llmRequestCosts: [
        { metadataKey: 'llm_input_token', type: 'InputToken' },
        { metadataKey: 'llm_output_token', type: 'OutputToken' },
        { metadataKey: 'llm_total_token', type: 'TotalToken' },
      ],
    },
  };
}
