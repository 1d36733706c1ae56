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
import {
  isAsAsked,
  ModelManifest,
  ofRequest,
  refOf,
  REQUEST_ANNOTATION,
} from './manifest';
import type { ApprovedModel, NewModelWay } from './NewModelWay';

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

/**
 * What a model in the cluster is to a request: it says that it came of it; it names no request, but is what was asked for; or it is another.
 */
export type Standing = 'absent' | 'of-request' | 'as-asked' | 'of-others';

/** Applies models with the portal's own rights, as field manager `slipway-portal`. It never touches a model that came of nothing it knows. */
export class ClusterModels implements NewModelWay {
  readonly #client: KubeClient;

  static create(client: KubeClient): ClusterModels {
    return new ClusterModels(client);
  }

  private constructor(client: KubeClient) {
    this.#client = client;
  }

  /**
   * {@inheritDoc NewModelWay.check}
   *
   * @param rights - `needed` if the portal is to make it. `any`: without the right to make it, only the schema is not looked at.
   */
  async check(
    manifest: ModelManifest,
    rights: 'needed' | 'any' = 'needed',
  ): Promise<void> {
    const { namespace } = manifest.metadata;
    const found = await this.#find(namespaces, { name: namespace });
    if (found?.metadata.labels?.[MANAGED_LABEL] !== 'true') {
      throw new InputError(
        `manifest.metadata.namespace: models are not served in ${namespace}. Choose one that is labelled ${MANAGED_LABEL}=true.`,
      );
    }
    await this.#checkFree(manifest, undefined);
    await this.#apply(manifest, {
      dryRun: true,
      mayLackRights: rights === 'any',
    });
  }

  /** {@inheritDoc NewModelWay.advance} */
  async advance({ newModel }: ApprovedModel): Promise<'made'> {
    const { manifest, requestId } = newModel;
    await this.#checkFree(manifest, requestId);
    await this.#apply(ofRequest(manifest, requestId), { dryRun: false });
    return 'made';
  }

  /** Whether a model of this name is there, and what it is to the request. */
  async standing(
    manifest: ModelManifest,
    requestId: string | undefined,
  ): Promise<Standing> {
    const { namespace, name } = manifest.metadata;
    const there = await this.#find(llmModels, { namespace, name });
    if (!there) {
      return 'absent';
    }
    const from = there.metadata.annotations?.[REQUEST_ANNOTATION];
    if (from !== undefined && from === requestId) {
      return 'of-request';
    }
    return from === undefined && isAsAsked(there, manifest)
      ? 'as-asked'
      : 'of-others';
  }

  async #checkFree(
    manifest: ModelManifest,
    requestId: string | undefined,
  ): Promise<void> {
    const standing = await this.standing(manifest, requestId);
    if (standing !== 'absent' && standing !== 'of-request') {
      throw new ConflictError(
        `There is a model ${refOf(manifest)} already: ask for another name.`,
      );
    }
  }

  async #apply(
    manifest: ModelManifest,
    options: { dryRun: boolean; mayLackRights?: boolean },
  ): Promise<void> {
    const { namespace, name } = manifest.metadata;
    const { dryRun, mayLackRights } = options;
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
        if (mayLackRights) {
          return;
        }
        throw new ConflictError(
          `The portal may not make models in ${namespace}. Give its service account create and patch on llmmodels, or set llm.newModels.mode to pull-request or off.`,
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
