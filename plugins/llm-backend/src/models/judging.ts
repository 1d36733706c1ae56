import { Guard, isInForce } from '../gateway/guard';
import { pending, sentence, Stage } from './conditions';
import type { EndpointInput } from './endpointState';
import { Judge } from './ModelCaches';

/**
 * Who decides about an endpoint's requests, now. With an authorizer it is the authorizer, except where the gateway judged before and is not
 * ready to ask yet: what works goes on, by the rules that it had, until the listener is guarded.
 */
export function judgeNow({
  platform,
  flavour,
  endpoint,
  observed,
}: EndpointInput): Judge {
  if (!platform.authorizer) {
    return 'gateway';
  }
  const { policy, route, generated, guard } = observed.endpoints[endpoint];
  const leads = route !== undefined || generated !== undefined;
  const judgedByGateway = policy !== undefined && !flavour.isJudged(policy);
  return judgedByGateway && leads && !(guard && isInForce(guard))
    ? 'gateway'
    : 'authorizer';
}

/** What keeps a listener from asking the authorizer safely, or nothing. */
export function guardStage(guard: Guard, listener: string): Stage | undefined {
  const parts = [
    [guard.listener, `the policy ${guard.policy}, which asks the authorizer,`],
    [guard.stripping, "the policy that strips clients' x-slipway- headers"],
  ] as const;
  for (const [verdict, what] of parts) {
    if (verdict.state === 'refused') {
      return pending(
        'AuthorizerRefused',
        `The gateway refuses ${what} on the listener ${listener}: ${sentence(
          verdict.message,
        )} Nobody can call by the authorizer's word until that is put right.`,
      );
    }
  }
  const waits = parts.find(([verdict]) => verdict.state === 'pending');
  return (
    waits &&
    pending(
      'AuthorizerPending',
      `The gateway has not accepted ${waits[1]} on the listener ${listener} yet.`,
    )
  );
}
