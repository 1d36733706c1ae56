/**
 * Frontend of Slipway: find a model, see when it can be called, and call it.
 *
 * @packageDocumentation
 */

export { llmPlugin as default } from './plugin';
export { llmTranslationRef } from './translation';
export { llmApiRef, type LlmApi, accessApiRef, type AccessApi } from './api';
export { ActionList, ActionRow } from './components/ActionList';
export { StatePanel } from './components/StatePanel';
export { usePageTitle } from './components/usePageTitle';
export { useAccessNavigation, type PageNotice } from './standing';
