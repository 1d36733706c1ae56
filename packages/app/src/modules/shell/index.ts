export { shellModule } from './shellModule';
export { useHasDocs } from './useHasDocs';
