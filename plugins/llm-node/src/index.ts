/**
 * Services, permission rules and extension points of the llm backend plugin.
 *
 * @packageDocumentation
 */

export * from './cluster';
export * from './GroupNames';
export * from './membership';
export * from './modelRules';
export * from './policy';
export * from './pullRequests';
export * from './visibility';
