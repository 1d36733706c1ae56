/**
 * What the llm frontend and backend share.
 *
 * @packageDocumentation
 */

export * from './access';
export * from './calls';
export * from './keyFormat';
export * from './llmModel';
export * from './permissions';
export * from './tenant';
export * from './types';
