import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const root = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '../..',
);

/** What scripts keep between runs: tools, logs, state of the sandbox. Safe to delete. */
export const stateDir = path.join(root, '.slipway');

/** Runs TypeScript from source. */
export const nodeTransform = path.join(
  root,
  'node_modules/@backstage/cli/config/nodeTransform.cjs',
);
