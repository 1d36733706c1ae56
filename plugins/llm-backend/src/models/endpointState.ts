import { KubeObject } from '@slipway/controller';
import { Endpoint, GatewayFlavour } from '../gateway/flavour';
import { isClosed, isInForce } from '../gateway/guard';
import { meaningOf, pending, sentence, Stage } from './conditions';
import { covers } from './covers';
import { at, textAt } from './json';
import { guardStage, judgeNow } from './judging';
import { inForceStage } from './endpointStage';
import { Model } from './model';
import { Observed, ObservedEndpoint, refusalKey, Refusals } from './observed';
import { Platform } from './platform';
import { refusalOf, refusedState } from './policyRefusal';
import { Renders } from './Renders';

/** What has to be done about one endpoint, and how it stands. */
export interface EndpointState {
  stage: Stage;
  /** To be applied first. */
  policy?: KubeObject;
  /** To be applied after the policy. Absent: a route that exists is to go. */
  route?: KubeObject;
  /** The policy must stay, because something may still lead to the model. */
  keepPolicy: boolean;
  /** The route must stay as it is. */
  keepRoute: boolean;
  /** What leads to the model goes on doing so, and nobody has refused anything. */
  goesOn: boolean;
  /** When to look again, because nothing else will tell. */
  retryAfterMs?: number;
}

/** Everything that decides about an endpoint. */
export interface EndpointInput {
  model: Model;
  platform: Platform;
  flavour: GatewayFlavour;
  endpoint: Endpoint;
  observed: Observed;
  /** The model id that the running servers answer to. */
  servedModelId: string;
  /** What the route leads to is on the server. */
  hasTarget: boolean;
  refusals: Refusals;
  nowMs: number;
  renders: Renders;
}

/**
 * Decides about an endpoint, in an order that never leaves it open: the policy first; the route only when the policy that we want is on the
 * server and the gateway has not refused it; away with the route when it does, and with the policy only when nothing leads to the model
 * any more.
 */
export function judgeEndpoint(input: EndpointInput): EndpointState {
  const state = decide(input);
  const { route, generated } = input.observed.endpoints[input.endpoint];
  const stays = state.route !== undefined || state.keepRoute;
  return {
    ...state,
    goesOn:
      stays &&
      route !== undefined &&
      generated !== undefined &&
      meaningOf(state.stage.reason) !== 'broken',
  };
}

/** What is decided about an endpoint, before it is known what that means for whoever calls now. */
export type EndpointDecision = Omit<EndpointState, 'goesOn'>;

function decide(input: EndpointInput): EndpointDecision {
  const { model, flavour, endpoint, observed } = input;
  const live = observed.endpoints[endpoint];
  const leads = live.route !== undefined || live.generated !== undefined;
  const closed = { keepPolicy: leads, keepRoute: false };
  if (!model.endpoints[endpoint]) {
    return {
      ...closed,
      stage: pending(
        'EndpointDisabled',
        `spec.endpoints.${endpoint}.enabled is false.`,
      ),
    };
  }
  const missing = [
    flavour.policyKind,
    flavour.routeKind,
    flavour.generatedRouteKind,
    ...(input.platform.authorizer ? [flavour.headerPolicyKind] : []),
  ].find(kind => observed.unserved.has(kind.kind));
  if (missing) {
    return {
      ...closed,
      stage: pending(
        'GatewayCrdMissing',
        `The cluster does not serve ${missing.kind} (${missing.apiVersion}): install the gateway with its CRDs. The endpoint follows by itself.`,
      ),
    };
  }
  const wanted = wantedPolicy(input, live);
  if (!wanted) {
    const problem = observed.issuerProblem ?? 'it has not answered yet';
    const judged = live.policy !== undefined && flavour.isJudged(live.policy);
    return {
      ...closed,
      // By the authorizer's rules it goes on until it can be judged by the gateway's.
      keepRoute: judged && live.route !== undefined,
      stage: pending(
        'IssuerUnreachable',
        `The keys of the issuer ${
          input.platform.oidc.issuer
        } are not known, so no token can be checked: ${sentence(problem)}`,
      ),
    };
  }
  return withPolicy(input, live, wanted);
}

/** The policy that the spec asks for. While the issuer does not answer, with the key address that the live policy has. */
function wantedPolicy(
  input: EndpointInput,
  live: ObservedEndpoint,
): KubeObject | undefined {
  const { model, platform, flavour, endpoint, servedModelId } = input;
  if (judgeNow(input) === 'authorizer') {
    return input.renders.once(`judged ${endpoint} ${servedModelId}`, () =>
      flavour.renderJudgedPolicy(model, endpoint, servedModelId),
    );
  }
  const providers: unknown = at(live.policy, 'spec', 'jwt', 'providers');
  const [provider]: unknown[] = Array.isArray(providers) ? providers : [];
  const sameIssuer = textAt(provider, 'issuer') === platform.oidc.issuer;
  const known = sameIssuer ? textAt(provider, 'remoteJWKS', 'uri') : undefined;
  const jwksUri = platform.oidc.jwksUri ?? known;
  if (endpoint === 'internal' && jwksUri === undefined) {
    return undefined;
  }
  return input.renders.once(`policy ${endpoint} ${jwksUri}`, () =>
    flavour.renderPolicy(
      model,
      { ...platform, oidc: { ...platform.oidc, jwksUri } },
      endpoint,
    ),
  );
}

function withPolicy(
  input: EndpointInput,
  live: ObservedEndpoint,
  wanted: KubeObject,
): EndpointDecision {
  const { endpoint, platform, observed, refusals, nowMs } = input;
  const leads = live.route !== undefined || live.generated !== undefined;
  const refusedWrite = refusals.get(refusalKey(wanted));
  if (refusedWrite) {
    // Whoever may call now is not who should: close rather than leave the old policy in force.
    return {
      policy: wanted,
      keepPolicy: true,
      keepRoute: false,
      stage: pending(
        'PolicyRefused',
        `The cluster refuses the policy ${
          wanted.metadata.name
        }, so there is no route: ${sentence(
          refusedWrite.message,
        )} Correct spec.access or what the message names.`,
      ),
    };
  }
  const record = refusalOf(input, live, wanted);
  if (record) {
    return refusedState({ record, wanted, leads, nowMs });
  }
  if (observed.endpoints[endpoint].gatewayFound === false) {
    const gateway = platform[endpoint];
    return {
      policy: wanted,
      keepPolicy: true,
      keepRoute: live.route !== undefined,
      stage: pending(
        'GatewayNotFound',
        `There is no Gateway ${gateway.namespace}/${gateway.name} with a listener ${gateway.listener}: create it, or correct the operator's settings.`,
      ),
    };
  }
  const inForce =
    live.policy !== undefined &&
    live.policy.metadata.deletionTimestamp === undefined &&
    covers(live.policy.spec, wanted.spec);
  return {
    policy: wanted,
    keepPolicy: true,
    ...routeState(input, live, inForce),
  };
}

/** The route of an endpoint whose policy has not been refused. */
function routeState(
  input: EndpointInput,
  live: ObservedEndpoint,
  inForce: boolean,
): Pick<EndpointDecision, 'route' | 'keepRoute' | 'stage'> {
  const {
    model,
    platform,
    flavour,
    endpoint,
    servedModelId,
    hasTarget,
    refusals,
  } = input;
  if (!live.route && !hasTarget) {
    return {
      keepRoute: false,
      stage: pending(
        'WaitingForWorkload',
        'There is no route yet, so nothing is reachable: it is made when the InferencePool and its endpoint picker are there.',
      ),
    };
  }
  const guard = guardState(input, live);
  if (guard) {
    return guard;
  }
  if (!inForce) {
    return {
      keepRoute: true,
      stage: pending(
        'PolicyPending',
        'The policy is being written; the route follows.',
      ),
    };
  }
  const route = input.renders.once(`route ${endpoint} ${servedModelId}`, () =>
    flavour.renderRoute(model, platform, endpoint, servedModelId),
  );
  const refused = refusals.get(refusalKey(route));
  if (refused) {
    return {
      route,
      keepRoute: true,
      stage: pending(
        'RouteRefused',
        `The cluster refuses the route ${route.metadata.name}: ${sentence(
          refused.message,
        )} Correct the spec.`,
      ),
    };
  }
  return { route, keepRoute: true, stage: inForceStage(input, live) };
}

/** The route of an endpoint that relies on the authorizer while the listener is not guarded; nothing when it is, or when it does not rely on it. */
function guardState(
  input: EndpointInput,
  live: ObservedEndpoint,
): Pick<EndpointDecision, 'keepRoute' | 'stage'> | undefined {
  const { guard } = live;
  if (!guard || isInForce(guard) || judgeNow(input) === 'gateway') {
    return undefined;
  }
  const stage =
    guardStage(guard, input.platform[input.endpoint].listener) ??
    pending('AuthorizerPending', 'The listener is being guarded.');
  return { keepRoute: live.route !== undefined && isClosed(guard), stage };
}
