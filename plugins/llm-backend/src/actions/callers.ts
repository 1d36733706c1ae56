import type {
  AuthService,
  BackstageCredentials,
} from '@backstage/backend-plugin-api';
import { NotAllowedError } from '@backstage/errors';
import type { WhyCallers } from '../http/why';
import type { WhyCaller } from '../why';

/**
 * The person in whose name an action runs.
 *
 * @throws NotAllowedError when it runs in nobody's: a service holds no grants and no keys
 */
export async function callerOf(
  { auth, callers }: { auth: AuthService; callers: WhyCallers },
  credentials: BackstageCredentials,
): Promise<WhyCaller> {
  if (!auth.isPrincipal(credentials, 'user')) {
    throw new NotAllowedError(
      'This action is for people: sign in as yourself and run it again.',
    );
  }
  return callers.caller(credentials);
}
