import { StoredObject } from '../../types';
import { User } from '../authentication';
import { JsonObject, ServedKind } from '../seams';

/** A write on its way to the store, as admission sees it. */
export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  kind: ServedKind;
  subresource?: string;
  namespace?: string;
  name: string;
  /** The new object; a plugin's `mutate` may change it. The old one on DELETE. */
  object: JsonObject;
  old?: StoredObject;
  user: User;
  dryRun: boolean;
}

/** One admission plugin. Both parts throw `ApiFailure` to refuse. */
export interface AdmissionPlugin {
  /** Before defaults of the strategy and validation. */
  mutate?(request: AdmissionRequest): void;
  /** After validation, before the object is stored. */
  validate?(request: AdmissionRequest): void;
}
