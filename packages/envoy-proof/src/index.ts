export { gatewayObjects, modelDigest } from './objects';
