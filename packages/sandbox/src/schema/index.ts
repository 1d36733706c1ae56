export { compileCrd } from './compileCrd';
export { defaultCrd } from './crdDefaults';
export { checkCrdNames } from './crdNames';
export { crdChangeErrors, validateCrd } from './validateCrd';
export { createManifestValidator } from './validateManifest';
export type { ManifestValidator, Violation } from './validateManifest';
