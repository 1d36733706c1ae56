export { runControllerBench } from './runControllerBench';
export type { ControllerBenchResult } from './runControllerBench';
export { runAuthorizerBench } from './authorizer/runAuthorizerBench';
export type { AuthorizerBenchResult } from './authorizer/runAuthorizerBench';
export { runRevocationBench } from './revocation/runRevocationBench';
export type { RevocationBenchResult } from './revocation/runRevocationBench';
