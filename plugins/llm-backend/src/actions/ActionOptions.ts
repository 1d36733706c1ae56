import type { AuthService } from '@backstage/backend-plugin-api';
import type { ActionsRegistryService } from '@backstage/backend-plugin-api/alpha';
import type { AccessService } from '../access';
import type { WhyCallers } from '../http/why';
import type { WhyService } from '../why';

/** What the actions need. */
export interface ActionOptions {
  registry: ActionsRegistryService;
  auth: AuthService;
  callers: WhyCallers;
  access: AccessService;
  why: Pick<WhyService, 'explain'>;
  /** Base URL of the portal, without a slash at the end. */
  portalUrl: string;
}
