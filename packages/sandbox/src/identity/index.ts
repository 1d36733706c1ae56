export {
  defaultClients,
  portalRedirectUri,
  type IdentityClient,
} from './clients';
export { defaultPersonas, type Persona } from './personas';
export { requestToken, type TokenAnswer } from './requestToken';
export {
  startIdentity,
  type Identity,
  type IdentityOptions,
} from './startIdentity';
