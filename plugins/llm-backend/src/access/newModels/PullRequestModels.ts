import { ConflictError } from '@backstage/errors';
import type { PullRequest, PullRequestHost } from '@slipway/plugin-llm-node';
import type { ClusterModels } from './ClusterModels';
import { ModelManifest, refOf } from './manifest';
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
    // A reviewer may take the annotation off; what was merged under this name is the model all the same.
    if (
      standing === 'of-request' ||
      (standing === 'of-others' && pullRequest?.state === 'merged')
    ) {
      return 'made';
    }
    if (pullRequest) {
      return this.#host.read(pullRequest.id);
    }
    if (standing === 'of-others') {
      throw new ConflictError(
        `There is a model ${refOf(manifest)} already: ask for another name.`,
      );
    }
    return this.#host.propose(changeOf(approved, this.#settings));
  }
}
