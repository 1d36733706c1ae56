/** Backstage actions: what agents may do about access in the name of a person. Also served as MCP tools. */
export { registerActions } from './registerActions';
