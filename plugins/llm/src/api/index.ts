export * from './LlmApi';
export { LlmClient } from './LlmClient';
