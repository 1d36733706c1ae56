export * from './navigation';
export { PluginRouter } from './PluginRouter';
export { AccessRouter, ApprovalsRouter } from './AccessRouter';
