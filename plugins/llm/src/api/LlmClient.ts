import { FetchApi } from '@backstage/frontend-plugin-api';
import { ModelDetail, ModelList, ModelQuery } from '@slipway/plugin-llm-common';
import { LlmApi, LogQuery, ModelKey } from './LlmApi';
import { ask, toSearch } from './http';

/** {@link LlmApi} over HTTP. */
export class LlmClient implements LlmApi {
  readonly #fetchApi: FetchApi;

  static create(options: { fetchApi: FetchApi }): LlmClient {
    return new LlmClient(options.fetchApi);
  }

  private constructor(fetchApi: FetchApi) {
    this.#fetchApi = fetchApi;
  }

  async listModels(
    query: ModelQuery,
    signal?: AbortSignal,
  ): Promise<ModelList> {
    const response = await this.#get(
      `/v1/models${toSearch({
        ...query,
        phases: query.phases?.length ? query.phases.join(',') : undefined,
        uids: query.uids?.length ? query.uids.join(',') : undefined,
      })}`,
      signal,
    );
    return response.json();
  }

  async getModel(model: ModelKey, signal?: AbortSignal): Promise<ModelDetail> {
    const response = await this.#get(modelPath(model), signal);
    return response.json();
  }

  async getLog(query: LogQuery, signal?: AbortSignal): Promise<string> {
    const { pod, container, tailLines, previous } = query;
    const response = await this.#get(
      `${modelPath(query)}/pods/${encodeURIComponent(pod)}/logs${toSearch({
        container,
        tailLines,
        previous: previous || undefined,
      })}`,
      signal,
    );
    return response.text();
  }

  async getObject(
    model: ModelKey,
    object: { kind: string; name: string },
    signal?: AbortSignal,
  ): Promise<string> {
    const kind = encodeURIComponent(object.kind);
    const name = encodeURIComponent(object.name);
    const response = await this.#get(
      `${modelPath(model)}/objects/${kind}/${name}`,
      signal,
    );
    return response.text();
  }

  #get(path: string, signal?: AbortSignal): Promise<Response> {
    return ask(this.#fetchApi, path, { signal });
  }
}

function modelPath(model: ModelKey): string {
  const namespace = encodeURIComponent(model.namespace);
  return `/v1/models/${namespace}/${encodeURIComponent(model.name)}`;
}
