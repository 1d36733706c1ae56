import { JUDGED_MODEL_HEADER } from '../../gateway/modelDigest';

/**
 * Headers that the authorizer reads. Over gRPC Envoy shows it nothing else, so the listener's policy must name them all in
 * `headersToExtAuth`.
 */
export const HEADERS_TO_AUTHORIZER = [
  'authorization',
  'x-api-key',
  'content-type',
  'content-encoding',
  'x-request-id',
] as const;

/** Headers that can carry a credential: none of them goes on to a model. */
export const CREDENTIAL_HEADERS: readonly string[] = [
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'proxy-authorization',
  'cookie',
];

/** Headers that a request passes on with. They replace whatever a client sent under these names. */
export const IDENTITY_HEADERS = {
  /** Name of the tenant. */
  tenant: 'x-slipway-tenant',
  /** Id of the key, or `jwt` for a token. */
  key: 'x-slipway-key',
  /** Entity ref of the owner of the key or of the token. */
  owner: 'x-slipway-owner',
  /** Digest of the model id that was judged; each model's route allows its own only. */
  model: JUDGED_MODEL_HEADER,
} as const;
