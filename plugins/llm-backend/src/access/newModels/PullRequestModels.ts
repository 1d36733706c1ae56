import { ConflictError } from '@backstage/errors';
import type { PullRequest, PullRequestHost } from '@slipway/plugin-llm-node';
import type { ClusterModels } from './ClusterModels';
import { ModelManifest, refOf, REQUEST_ANNOTATION } from './manifest';
import type { ApprovedModel, NewModelWay } from './NewModelWay';
import { changeOf, ChangeSettings } from './pullRequests/change';

/**
 * Proposes approved models to a repository, from which GitOps brings them into the cluster. The portal makes nothing itself, and needs no
 * right to. The branch is named after the request, so whoever proposes it again finds what is there.
 */
export class PullRequestModels implements NewModelWay {
  readonly #cluster: Pick<ClusterModels, 'check' | 'standing'>;
  readonly #host: PullRequestHost;
  readonly #settings: ChangeSettings;

  static create(options: {
    cluster: Pick<ClusterModels, 'check' | 'standing'>;
    host: PullRequestHost;
    settings: ChangeSettings;
  }): PullRequestModels {
    return new PullRequestModels(options);
  }

  private constructor(options: {
    cluster: Pick<ClusterModels, 'check' | 'standing'>;
    host: PullRequestHost;
    settings: ChangeSettings;
  }) {
    this.#cluster = options.cluster;
    this.#host = options.host;
    this.#settings = options.settings;
  }

  /** {@inheritDoc NewModelWay.check} */
  async check(manifest: ModelManifest): Promise<void> {
    await this.#cluster.check(manifest, 'any');
  }

  /** {@inheritDoc NewModelWay.advance} */
  async advance(approved: ApprovedModel): Promise<'made' | PullRequest> {
    const { manifest, requestId, pullRequest } = approved.newModel;
    const standing = await this.#cluster.standing(manifest, requestId);
    const isMerged = pullRequest?.state === 'merged';
    // A reviewer may take the annotation off: what was asked for, and was merged, is the model all the same.
    if (standing === 'of-request' || (standing === 'as-asked' && isMerged)) {
      return 'made';
    }
    if (standing === 'of-others' && isMerged) {
      throw new ConflictError(othersModel(manifest, requestId));
    }
    if (pullRequest) {
      return this.#host.read(pullRequest.id);
    }
    if (standing !== 'absent') {
      throw new ConflictError(
        `There is a model ${refOf(manifest)} already: ask for another name.`,
      );
    }
    return this.#host.propose(changeOf(approved, this.#settings));
  }
}

function othersModel(manifest: ModelManifest, requestId: string): string {
  const { namespace, name } = manifest.metadata;
  return `The pull request was merged, but model ${refOf(
    manifest,
  )} in the cluster neither says that it came of this request nor is what was asked for. If its reviewers changed it, an admin can say so: kubectl annotate llmmodel ${name} -n ${namespace} ${REQUEST_ANNOTATION}=${requestId}. If it is somebody else's, take the merged file out again and ask for another name.`;
}
