import { GatewayFlavour } from '../flavour';
import { renderAIGatewayRoute } from './aiGatewayRoute';
import {
  closesLike,
  LISTENER_POLICY_SELECTOR,
  renderAuthorizerGrant,
  renderHeaderStripping,
  renderJudgedPolicy,
  renderListenerPolicy,
} from './authorizerPolicies';
import { renderSecurityPolicy } from './securityPolicy';
import {
  asksAuthorizer,
  isGatewayWide,
  isJudged,
  mergedInto,
  policyVerdict,
  routeVerdict,
} from './verdicts';

/** Envoy AI Gateway 1.1 on Envoy Gateway 1.8. */
export const envoyAIGateway: GatewayFlavour = {
  renderPolicy: renderSecurityPolicy,
  renderRoute: renderAIGatewayRoute,
  renderJudgedPolicy,
  renderListenerPolicy,
  renderHeaderStripping,
  renderAuthorizerGrant,
  policyKind: {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'SecurityPolicy',
    plural: 'securitypolicies',
    namespaced: true,
  },
  routeKind: {
    apiVersion: 'aigateway.envoyproxy.io/v1beta1',
    kind: 'AIGatewayRoute',
    plural: 'aigatewayroutes',
    namespaced: true,
  },
  generatedRouteKind: {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    plural: 'httproutes',
    namespaced: true,
  },
  headerPolicyKind: {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'ClientTrafficPolicy',
    plural: 'clienttrafficpolicies',
    namespaced: true,
  },
  grantKind: {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    plural: 'referencegrants',
    namespaced: true,
  },
  listenerPolicySelector: LISTENER_POLICY_SELECTOR,
  closesLike,
  asksAuthorizer,
  isGatewayWide,
  isJudged,
  mergedInto,
  policyVerdict,
  routeVerdict,
};
