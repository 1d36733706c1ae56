import { z } from 'zod';
import { textUpTo } from '../text';

/*
 * What clients send. Lengths here are the outer bounds of a sane request; `llm.access.limits` sets tighter ones, which the access room
 * checks and names.
 */

const REF = 512;
const LONG_TEXT = 20_000;

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });

const name = textUpTo(253).min(1, { error: 'must not be empty' });
const longText = textUpTo(LONG_TEXT);
const model = textUpTo(507).regex(/^[^/\s]+\/[^/\s]+$/, {
  error: '<namespace>/<name> of a model',
});
const number = z.number({ error: 'a number is needed' });

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
/** Who has access, or is to have it. */
export const subject = z.strictObject({
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
  subject,
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

/** What the kill switch can stop. */
export const blockTargets = ['user', 'tenant', 'model', 'key'] as const;

/** What to stop. */
export const blockBody = z.strictObject({
  target: oneOf(blockTargets),
  ref: textUpTo(REF),
  reason: longText,
});
