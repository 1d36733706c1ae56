import { ApiRef, createApiRef } from '@backstage/frontend-plugin-api';
import { ModelDetail, ModelList, ModelQuery } from '@slipway/plugin-llm-common';

/** Names one model. */
export interface ModelKey {
  namespace: string;
  /** `metadata.name`. */
  name: string;
}

/** Which lines of a pod's log. */
export interface LogQuery extends ModelKey {
  pod: string;
  container?: string;
  /** Lines from the end. */
  tailLines?: number;
  /** The log of the container before its last restart. */
  previous?: boolean;
}

/**
 * What the pages ask the backend. Every call answers for the person who is signed in and rejects with a
 * `ResponseError`; a model that is unknown and one that is not theirs to see are the same 404.
 */
export interface LlmApi {
  /** One page of models, filtered and sorted by the backend. */
  listModels(query: ModelQuery, signal?: AbortSignal): Promise<ModelList>;
  /** Everything about one model. */
  getModel(model: ModelKey, signal?: AbortSignal): Promise<ModelDetail>;
  /** The end of a pod's log, as text. */
  getLog(query: LogQuery, signal?: AbortSignal): Promise<string>;
  /** The YAML of an object that the operator made for the model. Values of Secrets are left out. */
  getObject(
    model: ModelKey,
    object: { kind: string; name: string },
    signal?: AbortSignal,
  ): Promise<string>;
}

/** The {@link LlmApi} of the app. */
export const llmApiRef: ApiRef<LlmApi> = createApiRef<LlmApi>().with({
  id: 'plugin.llm',
  pluginId: 'llm',
});
