import type { Break } from './check';

type Answered = Break['answered'];

/**
 * What a client is told when a call stops, and by whom. The authorizer's are those of its own decision, which a test holds them to; the
 * gateway's were taken from a real Envoy (`docs/decisions/0001-authorizer-on-the-request-path.md`): they are plain text, so their code is
 * Envoy's own words.
 */
export const ANSWERS = {
  invalidKey: { status: 401, code: 'invalid_api_key', by: 'authorizer' },
  unknownUser: { status: 401, code: 'unknown_user', by: 'authorizer' },
  userBlocked: { status: 403, code: 'user_blocked', by: 'authorizer' },
  tenantBlocked: { status: 403, code: 'tenant_blocked', by: 'authorizer' },
  modelBlocked: { status: 403, code: 'model_blocked', by: 'authorizer' },
  noTenant: { status: 403, code: 'no_tenant', by: 'authorizer' },
  tenantAmbiguous: { status: 403, code: 'tenant_ambiguous', by: 'authorizer' },
  tenantSuspended: { status: 403, code: 'tenant_suspended', by: 'authorizer' },
  modelNotFound: { status: 404, code: 'model_not_found', by: 'authorizer' },
  modelNotReady: { status: 503, code: 'model_not_ready', by: 'authorizer' },
  noRoute: { status: 403, code: 'RBAC: access denied', by: 'gateway' },
  policyRefused: { status: 500, code: 'internal error', by: 'gateway' },
  noPicker: { status: 500, code: 'internal error', by: 'gateway' },
  noServer: {
    status: 503,
    code: 'failed to find candidate pods',
    by: 'endpoint picker',
  },
  unreachable: { status: 503, code: 'upstream connect error', by: 'gateway' },
} as const satisfies Record<string, Answered>;
