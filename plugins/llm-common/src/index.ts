/**
 * What the llm frontend and backend share.
 *
 * @packageDocumentation
 */

export * from './types';
