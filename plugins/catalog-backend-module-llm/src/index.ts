/**
 * Models as catalog entities.
 *
 * @packageDocumentation
 */

export { catalogModuleLlm as default } from './module';
