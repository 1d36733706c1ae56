import { isOpenTo } from '../access';
import { ANSWERS } from './answers';
import { ADMIN, Break, broken, Check, ok, ownersOr } from './check';
import type { WhyFacts } from './facts';

/*
 * Native mode: a gateway that asks no authorizer judges by itself, tokens by a model's `spec.access` and nothing else. There are no keys,
 * no tenants and no grants then, whatever the portal's database holds.
 */

/** Whether the gateway judges calls of this model alone. What can't be seen counts as no. */
export function judgesAlone({ entries }: WhyFacts): boolean {
  return (
    entries.known &&
    entries.value.some(({ judge }) => judge === 'gateway') &&
    entries.value.every(({ judge }) => judge !== 'authorizer')
  );
}

/** A token is all that there is to know of somebody. */
export function checkNativeIdentity({ credential }: WhyFacts): Check {
  return ok(
    credential.kind === 'key'
      ? `Key ${credential.key.name} of ${credential.key.owner}`
      : credential.principal.user,
  );
}

/** Whether a model's `spec.access` lets the token in. */
export function checkNativeGrant({ credential, model }: WhyFacts): Check {
  const { principal } = credential;
  return principal && isOpenTo(model, principal)
    ? ok(`${model.modelId} is open to ${ownerOf(principal)}.`)
    : broken(
        `${model.modelId} is not open to ${
          principal ? ownerOf(principal) : 'its owner, who has left'
        }, and this gateway asks no authorizer, so grants do not count.`,
        {
          answered: ANSWERS.noRoute,
          who: ownersOr(model.owners),
          remedy:
            'Name one of the groups in spec.access.groups, or set up the authorizer (LLM_AUTHORIZER).',
        },
      );
}

function ownerOf(principal: { user: string } | { service: string }): string {
  return 'user' in principal ? principal.user : principal.service;
}

/** Keys are nothing to such a gateway. */
export function checkNativeKey({ credential }: WhyFacts): Check {
  return credential.kind === 'token'
    ? ok('You call with a token of the identity provider: no key is needed.')
    : broken('This gateway asks no authorizer, so it knows no keys.', {
        answered: ANSWERS.noRoute,
        who: [ADMIN],
        remedy:
          'Set up the authorizer (LLM_AUTHORIZER), or call the internal endpoint with a token.',
      });
}

/** What a client is told where nobody but Envoy answers: it has one word for every refusal. */
export function byGateway(broken_: Break): Break {
  return broken_.answered.by === 'authorizer'
    ? { ...broken_, answered: ANSWERS.noRoute }
    : broken_;
}
