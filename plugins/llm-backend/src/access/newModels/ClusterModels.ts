import { ConflictError, InputError } from '@backstage/errors';
import {
  isConflict,
  isForbidden,
  isInvalid,
  isNotFound,
  KubeApiError,
  KubeClient,
  KubeObject,
  Resource,
} from '@slipway/controller';
import { LLM_API_VERSION } from '@slipway/plugin-llm-common';
import { ModelManifest, REQUEST_ANNOTATION } from './manifest';

/** Who writes models that came of requests. */
const FIELD_MANAGER = 'slipway-portal';
const MANAGED_LABEL = 'nebari.dev/managed';

const llmModels: Resource = {
  apiVersion: LLM_API_VERSION,
  kind: 'LLMModel',
  plural: 'llmmodels',
  namespaced: true,
};
const namespaces: Resource = {
  apiVersion: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};

/** Where new models go. */
export interface NewModelCluster {
  /**
   * Whether the cluster would take the model.
   *
   * @throws InputError with what is wrong with it
   * @throws ConflictError when there is a model of this name, or the portal may not make any
   */
  check(manifest: ModelManifest): Promise<void>;
  /** Makes the model of a request; again is no change. Throws as {@link check} does. */
  apply(manifest: ModelManifest, requestId: string): Promise<void>;
}

/** Applies models with the portal's own rights, as field manager `slipway-portal`. It never touches a model that came of nothing it knows. */
export class ClusterModels implements NewModelCluster {
  readonly #client: KubeClient;

  static create(client: KubeClient): ClusterModels {
    return new ClusterModels(client);
  }

  private constructor(client: KubeClient) {
    this.#client = client;
  }

  /** {@inheritDoc NewModelCluster.check} */
  async check(manifest: ModelManifest): Promise<void> {
    const { namespace } = manifest.metadata;
    const found = await this.#find(namespaces, { name: namespace });
    if (found?.metadata.labels?.[MANAGED_LABEL] !== 'true') {
      throw new InputError(
        `manifest.metadata.namespace: models are not served in ${namespace}. Choose one that is labelled ${MANAGED_LABEL}=true.`,
      );
    }
    await this.#checkFree(manifest, undefined);
    await this.#apply(manifest, true);
  }

  /** {@inheritDoc NewModelCluster.apply} */
  async apply(manifest: ModelManifest, requestId: string): Promise<void> {
    await this.#checkFree(manifest, requestId);
    const { metadata } = manifest;
    await this.#apply(
      {
        ...manifest,
        metadata: {
          ...metadata,
          annotations: {
            ...metadata.annotations,
            [REQUEST_ANNOTATION]: requestId,
          },
        },
      },
      false,
    );
  }

  async #checkFree(
    { metadata: { namespace, name } }: ModelManifest,
    requestId: string | undefined,
  ): Promise<void> {
    const there = await this.#find(llmModels, { namespace, name });
    const own =
      requestId !== undefined &&
      there?.metadata.annotations?.[REQUEST_ANNOTATION] === requestId;
    if (there && !own) {
      throw new ConflictError(
        `There is a model ${namespace}/${name} already: ask for another name.`,
      );
    }
  }

  async #apply(manifest: ModelManifest, dryRun: boolean): Promise<void> {
    const { namespace, name } = manifest.metadata;
    try {
      await this.#client.apply(
        llmModels,
        { ...manifest },
        { fieldManager: FIELD_MANAGER, dryRun },
      );
    } catch (error) {
      if (isInvalid(error)) {
        throw new InputError(`manifest: ${error.status.message}`);
      }
      const unknown = unknownField(error);
      if (unknown) {
        throw new InputError(`manifest${unknown}. Leave it out.`);
      }
      if (isForbidden(error)) {
        throw new ConflictError(
          `The portal may not make models in ${namespace}. Give its service account create and patch on llmmodels, or set llm.newModels.mode to off.`,
        );
      }
      if (isConflict(error)) {
        throw new ConflictError(
          `Somebody else manages model ${namespace}/${name}: ask for another name.`,
        );
      }
      throw error;
    }
  }

  async #find(
    resource: Resource,
    key: { namespace?: string; name: string },
  ): Promise<KubeObject | undefined> {
    try {
      return await this.#client.get(resource, key);
    } catch (error) {
      if (isNotFound(error)) {
        return undefined;
      }
      throw error;
    }
  }
}

/** A field that the schema does not have: server-side apply answers 500 to that, with the field at the end of the message. */
function unknownField(error: unknown): string | undefined {
  return error instanceof KubeApiError && error.code === 500
    ? /failed to create typed patch object .*: (\..*)$/.exec(
        error.status.message,
      )?.[1]
    : undefined;
}
