/**
 * Template actions that ask for models.
 *
 * @packageDocumentation
 */
export { scaffolderModuleLlm as default } from './module';
