import { BuiltinLibrary, CrdLibrary, PatchLibrary } from './seams';

/** The libraries that the API server works with; passed in, so that its own tests can run with few kinds. */
export interface Libraries extends PatchLibrary, CrdLibrary, BuiltinLibrary {}
