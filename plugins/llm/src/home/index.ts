export { ModelsWidget } from './ModelsWidget';
export { TasksWidget } from './TasksWidget';
