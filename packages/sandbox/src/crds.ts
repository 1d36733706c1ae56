import fs from 'node:fs';
import path from 'node:path';
import { StoredObject } from './types';

/** Beside `src` in the repository, beside `dist` in the published package. */
// eslint-disable-next-line no-restricted-syntax -- the same way up from both
const folder = path.resolve(__dirname, '..', 'crds');

/** A CustomResourceDefinition that has not been created yet. */
export type CustomResourceDefinition = Pick<
  StoredObject,
  'apiVersion' | 'kind'
> & {
  metadata: { name: string; annotations?: Record<string, string> };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the API server checks it, like any other input
  spec: any;
};

/**
 * The CustomResourceDefinitions of the gateway side, as the upstream projects release them (versions: `crds/NOTICE.md`), sorted by name.
 * Read from their files at each call (half a megabyte, a few milliseconds), and the caller's own.
 */
export function upstreamCrds(): CustomResourceDefinition[] {
  return fs
    .readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .sort()
    .map(file => JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')));
}
