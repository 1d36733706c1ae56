import { Model, weightsHash } from './model';
import { MODEL_CACHE } from './names';
import { perObject } from './perObject';

/** Where a model's weights are, inside the volume that its pods mount. */
export interface Weights {
  /** 8 hex; see `weightsHash`. */
  hash: string;
  /** Absolute directory in the pods. */
  directory: string;
  /** File whose presence says that the directory is complete. Outside of it, so that a server never sees it. */
  marker: string;
}

/**
 * The place of a model's weights. Downloads get a directory for each model and revision, so that two revisions never mix and the old one
 * can go on serving; what others put into the volume (an OCI image, or somebody with `preload: false`) is the root.
 */
export const weightsOf = perObject((model: Model): Weights => {
  const hash = weightsHash(model);
  const downloaded = model.source === 'huggingface' && model.preload;
  const slug = model.modelId
    .replace(/\//g, '--')
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 100);
  const directory = downloaded ? `${MODEL_CACHE}/${slug}-${hash}` : MODEL_CACHE;
  return { hash, directory, marker: `${MODEL_CACHE}/.${hash}.complete` };
});
