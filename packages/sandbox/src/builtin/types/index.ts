import { CORE_TYPES } from './coreTypes';
import { CRD_TYPES } from './crdTypes';
import { GROUPS_TYPES } from './groupsTypes';
import { parseTypes } from './parseTypes';
import { POD_TYPES } from './podTypes';
import { VOLUME_TYPES } from './volumeTypes';

/** All structs of the built-in kinds. */
export const types = parseTypes(
  CORE_TYPES,
  POD_TYPES,
  VOLUME_TYPES,
  GROUPS_TYPES,
  CRD_TYPES,
);
