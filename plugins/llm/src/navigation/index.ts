export * from './navigation';
export { PluginRouter } from './PluginRouter';
