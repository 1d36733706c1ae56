export { compileCrd } from './compileCrd';
export { defaultCrd } from './crdDefaults';
export { checkCrdNames } from './crdNames';
export { validateCrd } from './validateCrd';
export { createManifestValidator } from './validateManifest';
export type { ManifestValidator, Violation } from './validateManifest';
