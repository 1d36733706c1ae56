import { createHash } from 'node:crypto';
import {
  ANNOTATION_LOCATION,
  ANNOTATION_ORIGIN_LOCATION,
  Entity,
} from '@backstage/catalog-model';
import {
  LlmModel,
  MODEL_ANNOTATION,
  normalizeGroup,
  ownerOf,
} from '@slipway/plugin-llm-common';
import { visibilityLabels } from '@slipway/plugin-llm-node';
import { stringify } from 'yaml';

/** Settings that entities depend on. */
export interface EntitySettings {
  /** Entity ref of the owner of models whose custom resource names none. */
  defaultOwner: string;
  /** Base URL at which models answer, ending in `/v1`, if the portal knows it. */
  serverUrl?: string;
  /** Where the entities come from, as the catalog writes it. */
  location: string;
}

/** Longest name that the catalog allows. */
const MAX_NAME_LENGTH = 63;

function entityName({ namespace, name }: LlmModel['metadata']): string {
  const full = `${namespace}.${name}`;
  if (full.length <= MAX_NAME_LENGTH) {
    return full;
  }
  const hash = createHash('sha256').update(full).digest('hex').slice(0, 8);
  return `${full
    .slice(0, MAX_NAME_LENGTH - 9)
    .replace(/[^a-z0-9]+$/, '')}-${hash}`;
}

/**
 * The API of a model as people call it. The catalog's own schema of APIs asks for a definition; the operations are those of the OpenAI
 * API that the model server has.
 */
function definitionOf(modelId: string, serverUrl?: string): string {
  const operation = (summary: string) => ({
    post: { summary, responses: { 200: { description: 'The answer' } } },
  });
  return stringify({
    openapi: '3.1.0',
    info: { title: modelId, version: 'v1' },
    ...(serverUrl && { servers: [{ url: serverUrl }] }),
    paths: {
      '/chat/completions': operation('Answers a conversation'),
      '/completions': operation('Continues a text'),
      '/embeddings': operation('Turns texts into vectors'),
    },
  });
}

function tagsOf(model: LlmModel): string[] {
  const vendor = model.spec.model.name.split('/')[0].toLowerCase();
  return ['llm', vendor.replace(/[^a-z0-9+#-]+/g, '-')].filter(
    tag => /^[a-z0-9+#]+(-[a-z0-9+#]+)*$/.test(tag) && tag.length <= 63,
  );
}

/**
 * The catalog entities that stand for a model: one `API` of type `ai-model-server`. Holds nothing that changes while the model runs:
 * live state comes from the portal's API, by the annotation `slipway.dev/model`.
 *
 * Fields beyond the stock `API` follow the proposal for model servers in Backstage's catalog (backstage/backstage#34476).
 */
export function toEntities(
  model: LlmModel,
  settings: EntitySettings,
): Entity[] {
  const { metadata, spec } = model;
  const key = `${metadata.namespace}/${metadata.name}`;
  const { serverUrl } = settings;
  return [
    {
      apiVersion: 'backstage.io/v1alpha1',
      kind: 'API',
      metadata: {
        name: entityName(metadata),
        title: metadata.name,
        description: `${spec.model.name}, served on the cluster`,
        labels: visibilityLabels(spec.access),
        annotations: {
          [ANNOTATION_LOCATION]: settings.location,
          [ANNOTATION_ORIGIN_LOCATION]: settings.location,
          [MODEL_ANNOTATION]: key,
          'backstage.io/kubernetes-namespace': metadata.namespace ?? '',
          'backstage.io/kubernetes-label-selector': `llm.nebari.dev/model=${metadata.name}`,
        },
        tags: tagsOf(model),
      },
      spec: {
        type: 'ai-model-server',
        lifecycle: 'production',
        owner: ownerOf(model, settings.defaultOwner) ?? settings.defaultOwner,
        serverType: 'openai-v1',
        ...(serverUrl && { serverUrl }),
        requiresApiKey: true,
        models: { available: [spec.model.name], default: spec.model.name },
        access: {
          everyone: spec.access.public === true,
          groups: (spec.access.groups ?? []).map(normalizeGroup),
        },
        definition: definitionOf(spec.model.name, serverUrl),
      },
    },
  ];
}
