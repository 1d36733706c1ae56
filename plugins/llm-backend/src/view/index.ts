/**
 * What the portal tells about models, to whom. Pure functions make summaries and details of custom resources; `ModelService` reads the
 * cluster; `CallerResolver` finds out who asks.
 */
export { CallerResolver } from './callers';
export { decisionView } from './DecisionView';
export { GatewayJudge } from './GatewayJudge';
export { ModelService } from './ModelService';
export { TokenGuide } from './TokenGuide';
