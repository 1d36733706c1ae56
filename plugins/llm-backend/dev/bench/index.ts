export { runControllerBench } from './runControllerBench';
export type { ControllerBenchResult } from './runControllerBench';
export { runAuthorizerBench } from './authorizer/runAuthorizerBench';
export type { AuthorizerBenchResult } from './authorizer/runAuthorizerBench';
export { runKeysBench } from './keys/runKeysBench';
export type { KeysBenchResult } from './keys/runKeysBench';
export { runRevocationBench } from './revocation/runRevocationBench';
export type { RevocationBenchResult } from './revocation/runRevocationBench';
