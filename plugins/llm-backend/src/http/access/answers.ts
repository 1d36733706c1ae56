import type {
  AccessRuleSummary,
  AuditEntry,
  BlockSummary,
  CallableModel,
  GrantStepOutcome,
  GrantSummary,
  IssuedKeyAnswer,
  KeySummary,
  RequestDetail,
  RequestStepOutcome,
  RequestSummary,
  ServiceAccess,
  TenantMember,
  TenantSummary,
} from '@slipway/plugin-llm-common';
import { z } from 'zod';
import { blockTargets, subject } from './asks';

/* What clients are answered. */

const time = z.string();

const requestFields = {
  id: z.string(),
  kind: z.enum(['access', 'new-model']).optional(),
  tenant: z.string(),
  model: z.string(),
  modelId: z.string().optional(),
  requester: z.string(),
  subject,
  reason: z.string(),
  expectedLoad: z.string().optional(),
  days: z.number(),
  state: z.enum(['pending', 'approved', 'rejected', 'withdrawn', 'expired']),
  waitsFor: z.enum(['approvers', 'requester']),
  rule: z.string().optional(),
  decidedBy: z.string().optional(),
  decidedAt: time.optional(),
  grantId: z.string().optional(),
  renews: z.string().optional(),
  createdAt: time,
  expiresAt: time,
  mySteps: z.array(
    z.enum(['approve', 'reject', 'ask-back', 'answer', 'withdraw']),
  ),
  progress: z
    .strictObject({
      state: z.enum(['making', 'proposed', 'merged', 'stopped', 'made']),
      pullRequest: z
        .strictObject({
          url: z.string(),
          state: z.enum(['open', 'merged', 'closed']),
          since: time,
        })
        .optional(),
      problem: z.string().optional(),
      mayRetry: z.boolean(),
    })
    .optional(),
};

/** A request. */
export const requestSummary = z.strictObject(
  requestFields,
) satisfies z.ZodType<RequestSummary>;

/** A request with everything that a decision needs. */
export const requestDetail = z.strictObject({
  ...requestFields,
  newModel: z
    .strictObject({
      manifest: z.string(),
      appliedAt: time.optional(),
      problem: z.string().optional(),
    })
    .optional(),
  comments: z.array(
    z.strictObject({
      step: z.enum([
        'approve',
        'reject',
        'ask-back',
        'answer',
        'withdraw',
        'expire',
      ]),
      author: z.string(),
      comment: z.string(),
      at: time,
    }),
  ),
  consequences: z.strictObject({
    grantsByTenant: z.array(
      z.strictObject({
        tenant: z.string(),
        grants: z.number(),
        keys: z.number(),
      }),
    ),
    otherGrants: z.number(),
    openTo: z.strictObject({
      everyone: z.boolean(),
      groups: z.array(z.string()),
    }),
    gpus: z.strictObject({
      type: z.string(),
      ofModel: z.number(),
      inCluster: z
        .strictObject({ capacity: z.number(), unrequested: z.number() })
        .optional(),
    }),
    replicas: z.strictObject({ ready: z.number(), desired: z.number() }),
    licence: z.string().optional(),
    renewed: z.strictObject({ expiresAt: time, keys: z.number() }).optional(),
    checks: z.array(z.strictObject({ ok: z.boolean(), text: z.string() })),
    deciders: z.array(z.string()),
  }),
}) satisfies z.ZodType<RequestDetail>;

const failedStep = z.strictObject({
  id: z.string(),
  ok: z.literal(false),
  error: z.strictObject({ name: z.string(), message: z.string() }),
});

/** What came of a step of many. */
export const stepOutcomes = z.strictObject({
  outcomes: z.array(
    z.discriminatedUnion('ok', [
      z.strictObject({
        id: z.string(),
        ok: z.literal(true),
        request: requestSummary,
      }),
      failedStep,
    ]),
  ),
}) satisfies z.ZodType<{ outcomes: RequestStepOutcome[] }>;

const endReason = z.enum([
  'expired',
  'revoked',
  'leaked',
  'left',
  'narrowed',
  'rotated',
  'unused',
  'grant-ended',
]);

const standing = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('valid') }),
  z.strictObject({
    state: z.literal('blocked'),
    because: z.enum([
      'key-blocked',
      'user-blocked',
      'tenant-blocked',
      'model-blocked',
    ]),
  }),
  z.strictObject({
    state: z.literal('dormant'),
    because: z.enum(['tenant-suspended', 'tenant-absent', 'model-absent']),
  }),
  z.strictObject({
    state: z.literal('ended'),
    because: endReason,
    at: time.optional(),
  }),
]);

/** A grant. */
export const grantSummary = z.strictObject({
  id: z.string(),
  tenant: z.string(),
  model: z.string(),
  modelId: z.string().optional(),
  subject,
  requestedBy: z.string(),
  grantedBy: z.string(),
  requestId: z.string().optional(),
  standing,
  createdAt: time,
  expiresAt: time,
  recertifiedAt: time.optional(),
  confirmBy: time.optional(),
  keys: z.number(),
  myActions: z.array(z.enum(['renew', 'extend', 'recertify', 'revoke'])),
}) satisfies z.ZodType<GrantSummary>;

/** What came of a step for many grants. */
export const grantStepOutcomes = z.strictObject({
  outcomes: z.array(
    z.discriminatedUnion('ok', [
      z.strictObject({
        id: z.string(),
        ok: z.literal(true),
        grant: grantSummary,
      }),
      failedStep,
    ]),
  ),
}) satisfies z.ZodType<{ outcomes: GrantStepOutcome[] }>;

/** A key without the key. */
export const keySummary = z.strictObject({
  id: z.string(),
  display: z.string(),
  name: z.string(),
  tenant: z.string(),
  owner: z.string(),
  backupOwner: z.string().optional(),
  service: z.string().optional(),
  models: z.array(
    z.strictObject({
      model: z.string(),
      modelId: z.string().optional(),
      grantId: z.string().optional(),
      until: time.optional(),
    }),
  ),
  standing,
  endedBy: z.string().optional(),
  successorId: z.string().optional(),
  createdAt: time,
  expiresAt: time,
  lastUsedAt: time.optional(),
  unusedEndsAt: time.optional(),
  myActions: z.array(z.enum(['rotate', 'revoke', 'leaked', 'keep'])),
}) satisfies z.ZodType<KeySummary>;

/** A key and, this once, the secret. */
export const issuedKey = z.strictObject({
  key: keySummary,
  secret: z.string().optional(),
}) satisfies z.ZodType<IssuedKeyAnswer>;

/** A page of a list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    items: z.array(item),
    nextCursor: z.string().optional(),
  });

/** A tenant. */
export const tenantSummary = z.strictObject({
  name: z.string(),
  displayName: z.string(),
  state: z.enum(['active', 'suspended']),
  owners: z.array(z.string()),
  memberGroups: z.array(z.string()),
  myGroups: z.array(z.string()).optional(),
  myRole: z.enum(['owner', 'member', 'admin']),
  isMember: z.boolean(),
  isBlocked: z.boolean().optional(),
}) satisfies z.ZodType<TenantSummary>;

/** A model that the caller may call or ask for. */
export const callableModel = z.strictObject({
  model: z.string(),
  modelId: z.string(),
  by: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('open') }),
      z.strictObject({
        kind: z.literal('grant'),
        grantId: z.string(),
        until: time,
      }),
    ])
    .optional(),
  refused: z
    .enum([
      'user-blocked',
      'no-tenant',
      'tenant-suspended',
      'tenant-blocked',
      'model-blocked',
    ])
    .optional(),
  tenant: z.string().optional(),
  pendingRequestId: z.string().optional(),
}) satisfies z.ZodType<CallableModel>;

/** A service that keys can be made for. */
export const serviceAccess = z.strictObject({
  tenant: z.string(),
  service: z.string(),
  models: z.array(z.strictObject({ model: z.string(), modelId: z.string() })),
}) satisfies z.ZodType<ServiceAccess>;

/** Somebody who belongs to a tenant. */
export const tenantMember = z.strictObject({
  userEntityRef: z.string(),
}) satisfies z.ZodType<TenantMember>;

/** A rule about requests. */
export const ruleSummary = z.strictObject({
  name: z.string(),
  models: z.array(z.string()).optional(),
  tenants: z.array(z.string()).optional(),
  groups: z.array(z.string()).optional(),
  maxDays: z.number().optional(),
  decision: z.enum(['approve', 'ask']),
  approvers: z.enum(['model-owners', 'tenant-owners', 'either']).optional(),
}) satisfies z.ZodType<AccessRuleSummary>;

/** What the kill switch stops. */
export const blockSummary = z.strictObject({
  id: z.string(),
  target: z.enum(blockTargets),
  ref: z.string(),
  reason: z.string(),
  by: z.string(),
  at: time,
}) satisfies z.ZodType<BlockSummary>;

/** A row of the audit chain. */
export const auditEntry = z.strictObject({
  position: z.number(),
  at: time,
  actor: z.string(),
  action: z.string(),
  objectKind: z.string(),
  objectId: z.string(),
  tenant: z.string(),
  details: z.record(z.string(), z.unknown()),
}) satisfies z.ZodType<AuditEntry>;
