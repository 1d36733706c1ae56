export * from './LlmApi';
export * from './AccessApi';
export { LlmClient } from './LlmClient';
export { AccessClient } from './AccessClient';
