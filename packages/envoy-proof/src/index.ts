export { gatewayObjects, modelDigest } from './objects';
export {
  startGrpcAuthorizer,
  type Answer,
  type Authorizer,
  type Decide,
  type Question,
} from './stubs/authorizer';
