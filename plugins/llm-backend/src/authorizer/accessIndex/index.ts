export { AccessIndex, digestOf } from './AccessIndex';
export type { AccessView } from './AccessIndex';
export type { IndexedGrant } from './GrantTable';
export type { IndexedKey } from './KeyTable';
