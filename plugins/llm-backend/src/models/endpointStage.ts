import { KubeObject } from '@slipway/controller';
import { done, pending, sentence, Stage } from './conditions';
import type { EndpointInput } from './endpointState';
import { guardStage } from './judging';
import { ObservedEndpoint } from './observed';

/** How an endpoint stands whose policy and route are on the server: what the gateway says of them. */
export function inForceStage(
  input: EndpointInput,
  live: ObservedEndpoint,
): Stage {
  const { platform, flavour, endpoint } = input;
  const unguarded =
    live.guard && guardStage(live.guard, platform[endpoint].listener);
  if (unguarded) {
    return {
      ...unguarded,
      message: `${unguarded.message} Until then the gateway judges by itself, as without an authorizer.`,
    };
  }
  if (!live.route || !live.policy) {
    return pending('RoutePending', 'The route is being written.');
  }
  const route = flavour.routeVerdict(live.route, live.generated);
  if (route.state === 'refused') {
    return pending(
      'RouteRefused',
      `The gateway refuses the route ${live.route.metadata.name}: ${sentence(
        route.message,
      )}`,
    );
  }
  if (!live.generated) {
    return pending(
      'RoutePending',
      `The AI gateway has not made the HTTPRoute ${live.route.metadata.name} yet.`,
    );
  }
  if (flavour.policyVerdict(live.policy).state !== 'accepted') {
    return pending(
      'PolicyPending',
      `The gateway has not accepted the policy ${live.policy.metadata.name} yet.`,
    );
  }
  if (route.state === 'pending') {
    return pending(
      'RoutePending',
      `The gateway has not accepted the route ${live.route.metadata.name} yet.`,
    );
  }
  return (
    notMerged(input, live.policy, live.guard?.policy) ??
    done('Programmed', openTo(input))
  );
}

/** A policy that leaves it to the authorizer is in force only when it is merged into the one that asks it. */
function notMerged(
  { flavour }: EndpointInput,
  policy: KubeObject,
  wanted: string | undefined,
): Stage | undefined {
  if (!flavour.isJudged(policy)) {
    return undefined;
  }
  const parent = flavour.mergedInto(policy);
  if (parent === undefined) {
    return pending(
      'PolicyPending',
      `The gateway has not merged the policy ${policy.metadata.name} into ${wanted} yet.`,
    );
  }
  return parent === wanted
    ? undefined
    : pending(
        'PolicyMergedElsewhere',
        `The gateway merges the policy ${policy.metadata.name} into ${parent} instead of ${wanted}, so the authorizer is not asked: take that policy off the listener.`,
      );
}

function openTo(input: EndpointInput): string {
  const { model, endpoint, platform } = input;
  if (platform.authorizer) {
    return 'The gateway has accepted route and policy: it asks the authorizer about each call.';
  }
  if (endpoint === 'external') {
    return 'The gateway has accepted route and policy. There are no keys without an authorizer, so every request is refused.';
  }
  return model.access.public
    ? 'The gateway has accepted route and policy: everybody with a valid token may call.'
    : `The gateway has accepted route and policy: members of ${model.access.groups.join(
        ', ',
      )} may call.`;
}
