export { AccessIndex, digestOf } from './AccessIndex';
export type { AccessView } from './AccessIndex';
export type { IndexedGrant } from './GrantTable';
export { IndexPartError } from './IndexPart';
export type { IndexPart } from './IndexPart';
export type { IndexedKey } from './KeyTable';
