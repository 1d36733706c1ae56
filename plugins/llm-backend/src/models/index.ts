/*
 * The operator: LLMModel → everything that serves it.
 *
 *   startModels        caches, work queue, leader election; what both hosts (backend plugin, bin/controller) start
 *   ModelReconciler    the pass over one model: look, decide, write what differs
 *   plan.ts            pure: what there is → what there should be (acceptance, downloads, servers, endpoints)
 *   render/            pure: a model → the objects, one file per kind
 *   status.ts          pure: plan → conditions → phase
 */
export { startModels } from './startModels';
export type { RunningModels, StartModelsOptions } from './startModels';
export {
  flagOf,
  MissingSettingsError,
  readSettings,
  SETTINGS,
} from './settings';
export type { OperatorSettings, SettingLookup, SettingName } from './settings';
export { meaningOf, REASONS } from './conditions';
export type { Meaning, Reason } from './conditions';
