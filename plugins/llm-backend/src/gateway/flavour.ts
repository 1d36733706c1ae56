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
  | { state: 'refused'; message: string };

/** How a model is exposed by one kind of gateway. Everything is pure. */
export interface GatewayFlavour {
  /**
   * Who may call: must be there before the route. The platform must know the issuer's keys.
   *
   * @throws Error for the internal endpoint without the address of the keys
   */
  renderPolicy(
    model: Model,
    platform: Platform,
    endpoint: Endpoint,
  ): KubeObject;
  /** How requests get to the model that answers to `modelId`. */
  renderRoute(
    model: Model,
    platform: Platform,
    endpoint: Endpoint,
    modelId: string,
  ): KubeObject;
  /** A policy that lets nobody through a listener, for routes that have no policy of their own. */
  renderDefaultDeny(platform: Platform, endpoint: Endpoint): KubeObject;
  readonly policyKind: Resource;
  readonly routeKind: Resource;
  /** What the gateway's controller makes from a route under the same name; the model is reachable as long as it exists. */
  readonly generatedRouteKind: Resource;
  policyVerdict(policy: KubeObject): Verdict;
  routeVerdict(route: KubeObject, generated: KubeObject | undefined): Verdict;
}
