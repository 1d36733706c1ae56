import { KubeObject, Resource } from '@slipway/controller';
import { Model } from '../models/model';
import { Platform } from '../models/platform';

/** The two ways to a model: with an API key from outside, with an OIDC token from inside. */
export type Endpoint = 'external' | 'internal';

/** Both endpoints, in the order in which they are shown. */
export const ENDPOINTS: readonly Endpoint[] = ['external', 'internal'];

/** What a gateway says about one of our objects. */
export type Verdict =
  /** Nothing yet, or only about an older generation. */
  | { state: 'pending' }
  | { state: 'accepted' }
  | {
      state: 'refused';
      message: string;
      /** The gateway's own word for it, such as `Conflicted`. */
      reason?: string;
    };

/** How a model is exposed by one kind of gateway. Everything is pure. */
export interface GatewayFlavour {
  /**
   * Who may call, judged by the gateway itself: must be there before the route. The platform must know the issuer's keys.
   *
   * @throws Error for the internal endpoint without the address of the keys
   */
  renderPolicy(
    model: Model,
    platform: Platform,
    endpoint: Endpoint,
  ): KubeObject;
  /** Who may call, judged by the authorizer: what it judged for `modelId`. The same object as {@link renderPolicy}'s, with other rules. */
  renderJudgedPolicy(
    model: Model,
    endpoint: Endpoint,
    modelId: string,
  ): KubeObject;
  /** How requests get to the model that answers to `modelId`. */
  renderRoute(
    model: Model,
    platform: Platform,
    endpoint: Endpoint,
    modelId: string,
  ): KubeObject;
  /** Lets nobody through a listener, after asking the platform's authorizer if it has one. */
  renderListenerPolicy(platform: Platform, endpoint: Endpoint): KubeObject;
  /** Takes away headers that clients must not send, and does what the policy of that kind for the whole Gateway does. */
  renderHeaderStripping(
    platform: Platform,
    endpoint: Endpoint,
    gatewayWide?: KubeObject,
  ): KubeObject;
  /** Whether a policy about headers is for a whole Gateway of this name. */
  isGatewayWide(policy: KubeObject, gateway: string): boolean;
  /** Lets the listeners' policies name the authorizer, where they need leave for that. */
  renderAuthorizerGrant(platform: Platform): KubeObject | undefined;
  readonly policyKind: Resource;
  readonly routeKind: Resource;
  /** What the gateway's controller makes from a route under the same name; the model is reachable as long as it exists. */
  readonly generatedRouteKind: Resource;
  /** Kind of {@link renderHeaderStripping}. */
  readonly headerPolicyKind: Resource;
  /** Kind of {@link renderAuthorizerGrant}. */
  readonly grantKind: Resource;
  /** Selects {@link renderListenerPolicy}'s policies among all that the operator makes. */
  readonly listenerPolicySelector: string;
  /**
   * Whether a live {@link renderListenerPolicy} (with an authorizer) or {@link renderHeaderStripping} keeps everybody out whom the wanted one
   * keeps out, though it may differ in other things.
   */
  closesLike(live: KubeObject, wanted: KubeObject): boolean;
  /** Whether a listener's policy asks the authorizer. */
  asksAuthorizer(policy: KubeObject): boolean;
  /** Whether a model's policy is {@link renderJudgedPolicy}'s. */
  isJudged(policy: KubeObject): boolean;
  /** `namespace/name` of the policy that a judged policy was merged into. */
  mergedInto(policy: KubeObject): string | undefined;
  policyVerdict(policy: KubeObject): Verdict;
  routeVerdict(route: KubeObject, generated: KubeObject | undefined): Verdict;
}
