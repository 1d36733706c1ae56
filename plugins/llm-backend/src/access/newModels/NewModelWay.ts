import type { PullRequest } from '@slipway/plugin-llm-node';
import type { NewModel } from '../database/operations/newModels/rows';
import type { AccessRequest } from '../types';
import type { ModelManifest } from './manifest';

/** A model that an admin said yes to. */
export interface ApprovedModel {
  request: AccessRequest;
  newModel: NewModel;
}

/** How a model that was approved comes into the cluster. */
export interface NewModelWay {
  /**
   * Whether it could be made, before anybody says yes.
   *
   * @throws InputError with what is wrong with it
   * @throws ConflictError when there is a model of this name, or the portal may not make any
   */
  check(manifest: ModelManifest): Promise<void>;
  /**
   * Brings an approved model on its way. It is called again until the model is made, by several processes at once, and after a process
   * died anywhere within it; still it happens once.
   *
   * @returns `made` once the model is in the cluster; before that, the pull request that it waits for
   * @throws an error named in `REFUSALS` when only a person gets it on; whatever else is tried again
   */
  advance(approved: ApprovedModel): Promise<'made' | PullRequest>;
}
