import { Authenticator, User } from '../authentication';
import { Attributes, Authorizer, Rule } from '../authorization';
import { invalid } from '../failures';
import { isObject, listAt, objectAt, stringAt } from '../json';
import { JsonObject } from '../seams';

/** What a review needs to be answered. */
export interface ReviewContext {
  user: User;
  namespace?: string;
  authenticator: Authenticator;
  authorizer: Authorizer;
  /** RFC 3339. */
  now: string;
  manager: string;
}

/** Reviews carry ownership of what was sent, as every created object. */
function ownership(
  apiVersion: string,
  spec: JsonObject,
  context: ReviewContext,
): JsonObject {
  const fields = (value: unknown): JsonObject =>
    isObject(value)
      ? Object.fromEntries(
          Object.entries(value).map(([key, item]) => [
            `f:${key}`,
            fields(item),
          ]),
        )
      : {};
  return {
    managedFields: [
      {
        manager: context.manager,
        operation: 'Update',
        apiVersion,
        time: context.now,
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': fields(spec) },
      },
    ],
  };
}

function attributesOf(spec: JsonObject, namespace?: string): Attributes {
  if (isObject(spec.nonResourceAttributes)) {
    return {
      verb: stringAt(spec, 'nonResourceAttributes', 'verb') ?? '',
      path: stringAt(spec, 'nonResourceAttributes', 'path') ?? '',
    };
  }
  const asked = objectAt(spec, 'resourceAttributes');
  return {
    verb: stringAt(asked, 'verb') ?? '',
    resource: {
      group: stringAt(asked, 'group') ?? '',
      plural: stringAt(asked, 'resource') ?? '',
      subresource: stringAt(asked, 'subresource') || undefined,
      namespace: stringAt(asked, 'namespace') || namespace,
      name: stringAt(asked, 'name') || undefined,
    },
  };
}

function checkAttributes(spec: JsonObject): void {
  const both =
    isObject(spec.resourceAttributes) && isObject(spec.nonResourceAttributes);
  const none =
    !isObject(spec.resourceAttributes) && !isObject(spec.nonResourceAttributes);
  if (!both && !none) return;
  const why = both
    ? 'cannot be specified in combination with resourceAttributes'
    : 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  throw invalid({ group: 'authorization.k8s.io', kind: '' }, '', [
    {
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(
        spec.nonResourceAttributes ?? null,
      )}: ${why}`,
      field: both ? 'spec.nonResourceAttributes' : 'spec.resourceAttributes',
    },
  ]);
}

function accessReview(
  kind: string,
  body: JsonObject,
  context: ReviewContext,
): JsonObject {
  const spec = objectAt(body, 'spec');
  checkAttributes(spec);
  const self = kind === 'SelfSubjectAccessReview';
  const user = self
    ? context.user
    : {
        name: stringAt(spec, 'user') ?? '',
        groups: listAt(spec, 'groups').map(String),
      };
  const decision = context.authorizer.authorize(
    user,
    attributesOf(spec, context.namespace),
  );
  const apiVersion = 'authorization.k8s.io/v1';
  return {
    kind,
    apiVersion,
    metadata: ownership(apiVersion, spec, context),
    spec,
    status: { ...decision },
  };
}

function rulesReview(body: JsonObject, context: ReviewContext): JsonObject {
  const rules = context.authorizer.rulesFor(
    context.user,
    stringAt(body, 'spec', 'namespace'),
  );
  const isPath = (rule: Rule) => (rule.nonResourceURLs ?? []).length > 0;
  return {
    kind: 'SelfSubjectRulesReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec: {},
    status: {
      incomplete: false,
      resourceRules: rules
        .filter(rule => !isPath(rule))
        .map(({ verbs, apiGroups, resources, resourceNames }) => ({
          verbs,
          apiGroups,
          resources,
          ...(resourceNames?.length ? { resourceNames } : {}),
        })),
      nonResourceRules: rules
        .filter(isPath)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    },
  };
}

const userInfo = (user: User): JsonObject => ({
  username: user.name,
  ...(user.uid ? { uid: user.uid } : {}),
  groups: user.groups,
});

function tokenReview(body: JsonObject, context: ReviewContext): JsonObject {
  const apiVersion = 'authentication.k8s.io/v1';
  const spec = objectAt(body, 'spec');
  const user = context.authenticator.userOf(stringAt(spec, 'token') ?? '');
  const status = user
    ? { authenticated: true, user: userInfo(user) }
    : { user: {}, error: 'invalid bearer token' };
  const metadata = ownership(apiVersion, spec, context);
  return { kind: 'TokenReview', apiVersion, metadata, spec, status };
}

/** The answer to a posted review. */
export function review(
  kind: string,
  body: JsonObject,
  context: ReviewContext,
): JsonObject {
  switch (kind) {
    case 'SelfSubjectReview':
      return {
        kind,
        apiVersion: 'authentication.k8s.io/v1',
        metadata: { creationTimestamp: context.now },
        status: { userInfo: userInfo(context.user) },
      };
    case 'TokenReview':
      return tokenReview(body, context);
    case 'SelfSubjectRulesReview':
      return rulesReview(body, context);
    default:
      return accessReview(kind, body, context);
  }
}
