export { upstreamCrds } from './crds';
export type { CustomResourceDefinition } from './crds';
export { createManifestValidator } from './schema';
export type { ManifestValidator, Violation } from './schema';
