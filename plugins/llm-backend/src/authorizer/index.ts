/**
 * The authorizer: what Envoy asks before each request, over gRPC (`ext_authz`).
 *
 *   startAuthorizer   listens, learns, judges; what both hosts (backend plugin, bin/authorizer) start
 *   authorize.ts      pure: a request, an index, a world, a time → the answer
 *   accessIndex/      keys, grants, members and blocks in little memory
 *   FeedFollower      keeps the index in step with the database
 *   ClusterWorld      keeps models and tenants in step with the cluster
 *   tokens/           verifies tokens by the issuer's keys
 *   request/          pure: what a request shows and wants
 *   grpc/             the protocol
 */

export { startAuthorizer, MAX_BODY_BYTES } from './startAuthorizer';
export type {
  RunningAuthorizer,
  StartAuthorizerOptions,
} from './startAuthorizer';
export {
  AUTHORIZER_SETTINGS,
  authorizerSettingNames,
  readAuthorizerSettings,
} from './settings';
export type { AuthorizerSettingName, AuthorizerSettings } from './settings';
export type { Feed } from './FeedFollower';
export { CheckServer } from './grpc/CheckServer';
export type { Check } from './grpc/CheckServer';
export type { CheckAnswer, CheckQuestion } from './types';
export { HEADERS_TO_AUTHORIZER, IDENTITY_HEADERS } from './request/headers';
