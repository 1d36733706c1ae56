/**
 * Patches and field ownership, as pure functions: merge patch, JSON patch, strategic merge patch, server-side apply, and who owns what after
 * every other write. Everything follows structured-merge-diff v6 (Kubernetes 1.36) and the transcripts 09x and 10x.
 */
export { applyServerSide } from './applyServerSide';
export { jsonPatch } from './jsonPatch';
export { mergePatch } from './mergePatch';
export { OBJECT_META } from './objectMeta';
export { strategicMergePatch } from './strategicMergePatch';
export { trackUpdate } from './trackUpdate';
