import type { NotificationSendOptions } from '@backstage/plugin-notifications-node';
import type {
  AccessDirectory,
  AccessNews,
  AccessRequest,
  Grant,
  Key,
} from '../access';

/** What messages depend on besides the news. */
export interface MessageContext {
  directory: Pick<AccessDirectory, 'model' | 'tenant'>;
  /** Entity refs of those who are told where nobody owns what it is about. */
  admins: string[];
}

/** What people can switch off. */
export const TOPICS = {
  requests: 'Access requests',
  grants: 'Grants and keys',
};

/**
 * Who hears what of the news. The scope names the object, so that the same news sent twice is one notification, and a later one about it
 * takes the place of the earlier.
 */
export function messagesOf(
  news: AccessNews,
  context: MessageContext,
): NotificationSendOptions[] {
  switch (news.kind) {
    case 'request':
      return aboutRequest(news, context);
    case 'new-model':
      return aboutNewModel(news, context);
    case 'key':
      return aboutKey(news);
    default:
      return aboutGrant(news, context);
  }
}

function aboutRequest(
  news: Extract<AccessNews, { kind: 'request' }>,
  context: MessageContext,
): NotificationSendOptions[] {
  const { request, actor, comment } = news;
  const isNew = request.kind === 'new-model';
  const model = isNew
    ? `the new model ${request.model}`
    : modelOf(request, context);
  const scope = `request:${request.id}`;
  const toDeciders = (title: string, description?: string) =>
    request.state === 'pending' && request.waitsFor === 'approvers'
      ? [
          message(decidersOf(request, context), {
            exclude: request.requester,
            title,
            description,
            link: `/approvals?request=${request.id}`,
            topic: TOPICS.requests,
            scope: `decide:${request.id}`,
          }),
        ]
      : [];
  const toRequester = (title: string, link: string) => [
    message([request.requester], {
      title,
      description: comment,
      link,
      topic: TOPICS.requests,
      scope,
    }),
  ];
  const mine = `/access/requests?request=${request.id}`;
  switch (news.action) {
    case 'request-made':
      return toDeciders(
        `${nameOf(request.requester)} asks for ${model}${
          isNew ? '' : ` for ${request.days} days`
        }`,
        request.reason,
      );
    case 'request-answered':
      return toDeciders(
        `${nameOf(request.requester)} answered about ${model}`,
        comment,
      );
    case 'request-approved':
      // What a rule approves at once, the answer to the question says.
      if (actor.startsWith('rule:')) {
        return [];
      }
      return isNew
        ? toRequester(
            `${nameOf(actor)} approved ${model}: it is on its way, and yours`,
            mine,
          )
        : toRequester(
            `${nameOf(actor)} approved your access to ${model}`,
            '/access',
          );
    case 'request-rejected':
      return toRequester(
        `${nameOf(actor)} rejected your request for ${model}`,
        mine,
      );
    case 'request-asked-back':
      return toRequester(
        `${nameOf(actor)} asks you about your request for ${model}`,
        mine,
      );
    case 'request-expired':
      return toRequester(
        `Nobody decided on your request for ${model} in time: ask again`,
        mine,
      );
    default:
      return [];
  }
}

/** What becomes of a model after it was approved: who asked hears how it ends, the admins what only they get on. */
function aboutNewModel(
  { request, action, comment }: Extract<AccessNews, { kind: 'new-model' }>,
  { admins }: MessageContext,
): NotificationSendOptions[] {
  const { id, model, requester } = request;
  const toRequester = (title: string, link: string) =>
    message([requester], {
      title,
      description: comment,
      link,
      topic: TOPICS.requests,
      scope: `request:${id}`,
    });
  const toAdmins = (title: string) =>
    message(admins, {
      exclude: requester,
      title,
      description: comment,
      link: `/approvals?request=${id}`,
      topic: TOPICS.requests,
      scope: `new-model:${id}`,
    });
  switch (action) {
    case 'model-made':
      return [
        toRequester(
          `The new model ${model} is in the cluster, and yours`,
          `/models/${model}`,
        ),
      ];
    case 'model-stopped':
      return [
        toRequester(
          `The new model ${model} was approved, but is not made`,
          `/access/requests?request=${id}`,
        ),
        toAdmins(`The new model ${model} needs you`),
      ];
    case 'model-waits':
      return [toAdmins(`The new model ${model} waits`)];
    default:
      return [];
  }
}

/** Whose word a request needs; the admins' where nobody owns what it is about. */
export function decidersOf(
  { approvers, model, tenant }: AccessRequest,
  { admins, directory }: MessageContext,
): string[] {
  if (approvers === 'admins') {
    return admins;
  }
  const owners = new Set([
    ...(approvers === 'tenant-owners'
      ? []
      : directory.model(model)?.owners ?? []),
    ...(approvers === 'model-owners'
      ? []
      : directory.tenant(tenant)?.owners ?? []),
  ]);
  return owners.size > 0 ? [...owners] : admins;
}

function aboutKey({
  key,
  action,
  actor,
}: Extract<AccessNews, { kind: 'key' }>): NotificationSendOptions[] {
  const options = {
    link: '/access',
    topic: TOPICS.grants,
    scope: `key:${key.id}`,
  };
  if (action === 'key-handed-over') {
    return [
      message([key.owner], {
        ...options,
        title: `Key ${key.name} of service ${key.service} is yours now`,
        description: `Its owner has left tenant ${key.tenant}, and you were its backup owner.`,
      }),
    ];
  }
  if (key.endedBecause !== 'leaked') {
    return [];
  }
  return [
    message(ownersOf(key), {
      ...options,
      severity: 'critical',
      title: `Key ${key.name} was reported as leaked and has ended`,
      description: `${nameOf(actor)} reported ${
        key.display
      }…. Whatever uses it is refused: create a new key, and see what was called with the old one.`,
    }),
  ];
}

/** Ends that nobody was told of before. Who leaves is told nothing, and what runs out was announced. */
const endings: Partial<Record<NonNullable<Grant['endedBecause']>, string>> = {
  revoked: 'it was revoked',
  narrowed: 'your groups or the model have changed',
};

function aboutGrant(
  { grant }: Extract<AccessNews, { kind: 'grant' }>,
  context: MessageContext,
): NotificationSendOptions[] {
  const because = endings[grant.endedBecause ?? 'expired'];
  return because === undefined
    ? []
    : [
        message(holdersOf(grant), {
          title: `Access to ${modelOf(grant, context)} has ended: ${because}`,
          description: 'Keys that hang off it have ended with it.',
          link: '/access',
          topic: TOPICS.grants,
          scope: `grant:${grant.id}`,
        }),
      ];
}

/** Who has a grant: in person; for a group or a service, who asked for it. */
export function holdersOf({ subject, requestedBy }: Grant): string[] {
  return [subject.kind === 'user' ? subject.ref : requestedBy];
}

/** Who looks after a key. */
export function ownersOf({ owner, backupOwner }: Key): string[] {
  return backupOwner === undefined ? [owner] : [owner, backupOwner];
}

/** The name that clients know a model by; its resource's where it is gone. */
export function modelOf(
  { model }: { model: string },
  { directory }: MessageContext,
): string {
  return directory.model(model)?.modelId ?? model;
}

/** The last part of an entity ref. */
export function nameOf(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

/** One notification for some people. */
export function message(
  entityRef: string[],
  options: NotificationSendOptions['payload'] & { exclude?: string },
): NotificationSendOptions {
  const { exclude, ...payload } = options;
  return {
    recipients: { type: 'entity', entityRef, excludeEntityRef: exclude },
    payload,
  };
}
