import { GatewayFlavour } from '../flavour';
import { renderAIGatewayRoute } from './aiGatewayRoute';
import { renderDefaultDeny, renderSecurityPolicy } from './securityPolicy';
import { policyVerdict, routeVerdict } from './verdicts';

/** Envoy AI Gateway 1.1 on Envoy Gateway 1.8. */
export const envoyAIGateway: GatewayFlavour = {
  renderPolicy: renderSecurityPolicy,
  renderRoute: renderAIGatewayRoute,
  renderDefaultDeny,
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
  policyVerdict,
  routeVerdict,
};
