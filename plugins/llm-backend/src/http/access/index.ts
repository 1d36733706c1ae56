import type { AccessCaller, AccessService, Consequences } from '../../access';
import type { Route } from '../route';
import { claimRoutes } from './claims';
import { grantRoutes } from './grants';
import { keyRoutes } from './keys';
import { requestRoutes } from './requests';
import { surroundingRoutes } from './surroundings';

export { AccessCallers } from './callers';

/** All routes of the access room. */
export function accessRoutes(
  access: AccessService,
  consequences: Consequences,
): Route<AccessCaller>[] {
  return [
    ...requestRoutes(access, consequences),
    ...grantRoutes(access),
    ...keyRoutes(access),
    ...claimRoutes(access),
    ...surroundingRoutes(access),
  ];
}
