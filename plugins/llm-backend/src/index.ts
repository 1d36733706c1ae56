/**
 * The backend of Slipway: reconciles models and serves the portal's API.
 *
 * @packageDocumentation
 */

export { llmPlugin as default } from './plugin';
