export { runControllerBench } from './runControllerBench';
export type { ControllerBenchResult } from './runControllerBench';
