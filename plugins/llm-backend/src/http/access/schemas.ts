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

/*
 * What clients send and are answered. Lengths here are the outer bounds of a sane request; `llm.access.limits` sets tighter ones, which
 * the access room checks and names.
 */

const REF = 512;
const LONG_TEXT = 20_000;

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });

const textUpTo = (max: number) =>
  z
    .string({ error: 'a text is needed' })
    .max(max, { error: `at most ${max} characters` });

const name = textUpTo(253).min(1, { error: 'must not be empty' });
const longText = textUpTo(LONG_TEXT);
const model = textUpTo(507).regex(/^[^/\s]+\/[^/\s]+$/, {
  error: '<namespace>/<name> of a model',
});
const number = z.number({ error: 'a number is needed' });
const time = z.string();

/** In a path: a tenant. */
export const tenantParams = z.strictObject({ name });

/** In a path: the id of a request, a grant, a key or a block. */
export const idParams = z.strictObject({ id: textUpTo(40) });

const limit = z
  .string()
  .regex(/^[1-9]\d{0,2}$/, { error: 'a whole number from 1 to 500' })
  .transform(Number)
  .optional();
const paging = { limit, cursor: textUpTo(2_000).optional() };
const subjectKinds = ['user', 'group', 'service'] as const;
const subject = z.strictObject({
  kind: oneOf(subjectKinds),
  ref: textUpTo(REF),
});

/** Asks for access. */
export const askBody = z.strictObject({
  model,
  reason: longText,
  days: number,
  tenant: name.optional(),
  expectedLoad: longText.optional(),
  subject: z
    .strictObject({ kind: oneOf(['group', 'service']), ref: textUpTo(REF) })
    .optional(),
});

/** Asks for a new model. */
export const askForModelBody = z.strictObject({
  manifest: z.record(z.string(), z.unknown(), {
    error: 'an LLMModel as a JSON object is needed',
  }),
  reason: longText,
  tenant: name.optional(),
  expectedLoad: longText.optional(),
});

/** A page of requests. */
export const requestQuery = z.strictObject({
  scope: oneOf(['mine', 'to-decide', 'decided', 'all']).optional(),
  model: model.optional(),
  tenant: name.optional(),
  state: oneOf([
    'pending',
    'approved',
    'rejected',
    'withdrawn',
    'expired',
  ]).optional(),
  ...paging,
});

const step = oneOf(['approve', 'reject', 'ask-back', 'answer', 'withdraw']);

/** A step of one request. */
export const stepBody = z.strictObject({
  step,
  comment: longText.optional(),
  days: number.optional(),
});

const manyIds = z
  .array(textUpTo(40), { error: 'a list of ids is needed' })
  .min(1, { error: 'at least one id' })
  .max(100, { error: 'at most 100 ids at a time' });

/** A step of many. */
export const stepsBody = z.strictObject({
  ids: manyIds,
  step,
  comment: longText.optional(),
});

const scope = oneOf(['mine', 'owned', 'all']);
const rowState = oneOf(['active', 'ended']);

/** A page of grants. */
export const grantQuery = z.strictObject({
  scope: scope.optional(),
  model: model.optional(),
  tenant: name.optional(),
  state: rowState.optional(),
  due: oneOf(['true'])
    .transform(() => true)
    .optional(),
  ...paging,
});

/** What to export. */
export const exportQuery = z.strictObject({
  scope: scope.optional(),
  model: model.optional(),
  tenant: name.optional(),
});

/** Gives access. */
export const giveBody = z.strictObject({
  model,
  subject: z.strictObject({
    kind: oneOf(subjectKinds),
    ref: textUpTo(REF),
  }),
  days: number,
  tenant: name.optional(),
});

/** For how long. */
export const daysBody = z.strictObject({ days: number });

/** For how long, and why. */
export const renewBody = z.strictObject({ days: number, reason: longText });

/** What there is to say. */
export const commentBody = z.strictObject({ comment: longText.optional() });

/** The same for many grants. */
export const grantStepsBody = z.strictObject({
  ids: manyIds,
  step: oneOf(['recertify', 'revoke']),
  comment: longText.optional(),
});

/** Nothing, as an empty object. */
export const emptyBody = z.strictObject({});

const keyFields = {
  name: longText,
  models: z
    .array(model, { error: 'a list of models is needed' })
    .max(1_000, { error: 'at most 1000 models' }),
  tenant: name.optional(),
  service: longText.optional(),
  backupOwner: textUpTo(REF).optional(),
  days: number.optional(),
};

/** Asks for a key. */
export const issueBody = z.strictObject(keyFields);

/** Brings a key of another system. */
export const importBody = z.strictObject({
  ...keyFields,
  secret: textUpTo(1_000),
});

/** Asks for a successor of a key. */
export const rotateBody = z.strictObject({
  overlapHours: number,
  days: number.optional(),
});

/** A page of keys. */
export const keyQuery = z.strictObject({
  scope: scope.optional(),
  model: model.optional(),
  tenant: name.optional(),
  state: rowState.optional(),
  ...paging,
});

/** A page of the audit log. */
export const auditQuery = z.strictObject({
  object: textUpTo(REF).optional(),
  tenant: name.optional(),
  ...paging,
});

const blockTargets = ['user', 'tenant', 'model', 'key'] as const;

/** What to stop. */
export const blockBody = z.strictObject({
  target: oneOf(blockTargets),
  ref: textUpTo(REF),
  reason: longText,
});

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

/** What came of a step of many. */
export const stepOutcomes = z.strictObject({
  outcomes: z.array(
    z.discriminatedUnion('ok', [
      z.strictObject({
        id: z.string(),
        ok: z.literal(true),
        request: requestSummary,
      }),
      z.strictObject({
        id: z.string(),
        ok: z.literal(false),
        error: z.strictObject({ name: z.string(), message: z.string() }),
      }),
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
      z.strictObject({
        id: z.string(),
        ok: z.literal(false),
        error: z.strictObject({ name: z.string(), message: z.string() }),
      }),
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
  myRole: z.enum(['owner', 'member', 'admin']),
  isMember: z.boolean(),
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
