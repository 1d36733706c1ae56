import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const root = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '../..',
);

/** What scripts keep between runs: tools, logs, state of the sandbox. Safe to delete. */
export const stateDir = path.join(root, '.slipway');

/** Arguments of Node with which TypeScript runs from source, and ends when whoever started it does. */
export const fromSource = [
  'node_modules/@backstage/cli/config/nodeTransform.cjs',
  'scripts/lib/endWithParent.cjs',
].flatMap(file => ['-r', path.join(root, file)]);
