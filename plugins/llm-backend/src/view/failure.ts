import { ModelCondition, ModelFailure } from '@slipway/plugin-llm-common';
import { REASONS } from '../models/conditions';
import type { ModelFacts } from './summary';
import { currentCondition } from './currentCondition';

interface Remedy {
  /** What broke, as a headline. */
  title: string;
  /** Who can fix it. */
  who: string;
  /** What to do, in order. */
  todo: string[];
}

type BrokenReason = {
  [Name in keyof typeof REASONS]: (typeof REASONS)[Name] extends 'broken'
    ? Name
    : never;
}[keyof typeof REASONS];

const owner = 'The owner of the model';
const admin = 'A platform admin';
const either = 'The owner of the model, or a platform admin';
const heals = 'The model heals by itself after that.';

/**
 * What can be done about each reason that needs somebody, and about waiting for a node, which can take for ever. The compiler sees to it that
 * no reason is left out.
 */
const remedies: Record<BrokenReason | 'Unschedulable', Remedy> = {
  SpecInvalid: {
    title: 'The spec cannot work',
    who: owner,
    todo: ['Change the field that the message names.', heals],
  },
  DuplicateModelId: {
    title: 'Another model has this model id',
    who: owner,
    todo: [
      'Give one of the two models another spec.model.name, or delete one.',
      heals,
    ],
  },
  NamespaceNotManaged: {
    title: 'Models may not live in this namespace',
    who: admin,
    todo: ['Label the namespace nebari.dev/managed=true.', heals],
  },
  ClaimLost: {
    title: 'The volume of the weights is lost',
    who: admin,
    todo: ['Delete the claim; the weights are fetched again.'],
  },
  StorageClassNotFound: {
    title: 'The storage class does not exist',
    who: either,
    todo: [
      'Name an existing class in spec.model.storage.storageClassName, or create this one.',
      heals,
    ],
  },
  SecretNotFound: {
    title: 'A Secret is missing',
    who: owner,
    todo: ['Create the Secret that the message names.', heals],
  },
  SourceForbidden: {
    title: 'The weights can’t be downloaded: the source refused access',
    who: owner,
    todo: [
      'Accept the licence of the repository with the account of the token.',
      'Or put the token of an account that has access into the Secret of spec.model.authSecretName.',
      'The download is tried again by itself.',
    ],
  },
  SourceNotFound: {
    title: 'The weights can’t be downloaded: the source has no such model',
    who: owner,
    todo: ['Check spec.model.name and spec.model.revision for a typing error.'],
  },
  SourceUnreachable: {
    title: 'The weights can’t be downloaded: the source does not answer',
    who: admin,
    todo: [
      'Check that pods of this namespace can reach the source, through a proxy if there is one.',
      'The download is tried again by itself.',
    ],
  },
  DiskFull: {
    title: 'The weights do not fit on their volume',
    who: owner,
    todo: ['Raise spec.model.storage.size.', heals],
  },
  DownloadFailed: {
    title: 'The weights can’t be downloaded',
    who: owner,
    todo: [
      'Read the log of the download pod below.',
      'The download is tried again by itself.',
    ],
  },
  ReplicasUnavailable: {
    title: 'Not all replicas serve',
    who: either,
    todo: ['Look at the pods below: the one that is not ready says why.'],
  },
  Unschedulable: {
    title: 'No node has room for the model',
    who: either,
    todo: [
      'Free GPUs by scaling down or deleting another model, or ask for fewer.',
      'Or add a node that fits. Until then the model waits; it starts by itself.',
    ],
  },
  ImagePullFailed: {
    title: 'The image can’t be pulled',
    who: owner,
    todo: ['Check the image in spec.serving.image for a typing error.', heals],
  },
  ContainerConfigInvalid: {
    title: 'The container can’t be made',
    who: owner,
    todo: ['Create or correct what the message names.', heals],
  },
  CrashLooping: {
    title: 'The model server crashes',
    who: owner,
    todo: [
      'Read the log of the server pod below.',
      'Check spec.serving.vllmArgs and the memory limits.',
    ],
  },
  ProbeFailing: {
    title: 'The model server does not answer its probes',
    who: owner,
    todo: ['Read the log of the server pod below.'],
  },
  QuotaExceeded: {
    title: 'The namespace has no quota left',
    who: admin,
    todo: ['Raise the quota, or scale down something else in the namespace.'],
  },
  PodsRefused: {
    title: 'The cluster refuses the pods',
    who: admin,
    todo: ['Change what the message names: a policy of the cluster says no.'],
  },
  WriteRefused: {
    title: 'The cluster refuses an object of the model',
    who: admin,
    todo: ['Change what the message names, or the rights of the operator.'],
  },
  PolicyRefused: {
    title: 'The gateway refuses the policy that protects the model',
    who: admin,
    todo: [
      'Read the policy’s status in the objects below. The model has no route until the policy holds.',
    ],
  },
  RouteRefused: {
    title: 'The gateway refuses the route',
    who: admin,
    todo: ['Read the route’s status in the objects below.'],
  },
  GatewayCrdMissing: {
    title: 'The gateway is not installed',
    who: admin,
    todo: ['Install what the message names.', heals],
  },
  GatewayNotFound: {
    title: 'The gateway is not there',
    who: admin,
    todo: ['Create the Gateway or listener that the message names.', heals],
  },
  IssuerUnreachable: {
    title: 'The identity provider does not answer',
    who: admin,
    todo: ['Check that the operator can reach the issuer.', heals],
  },
  AuthorizerRefused: {
    title: 'The gateway can not ask the authorizer',
    who: admin,
    todo: [
      'Check that the Service of the authorizer is there, and that no other policy is on the listener.',
      heals,
    ],
  },
  PolicyMergedElsewhere: {
    title: 'Another policy is on the listener',
    who: admin,
    todo: ['Take the policy that the message names off the listener.', heals],
  },
  Degraded: {
    title: 'The model is degraded',
    who: either,
    todo: ['Look at the conditions below: the broken one comes first.'],
  },
};

function remedyFor(reason: string): Remedy | undefined {
  return Object.entries(remedies).find(([known]) => known === reason)?.[1];
}

/** What broke, in a few words; nothing while all is well or merely on its way. */
export function headlineOf(condition: ModelCondition): string | undefined {
  return remedyFor(condition.reason)?.title;
}

function whatStopped(facts: ModelFacts): string {
  const { ready, desired } = facts.replicas;
  if (ready > 0 && ready < desired) {
    return `${ready} of ${desired} replicas serve: calls are answered, more slowly under load.`;
  }
  const reachable = facts.endpoints.internal ?? facts.endpoints.external;
  if (reachable) {
    return 'The model still answers.';
  }
  return facts.gpus.total > 0 && ready === 0
    ? 'Calls are refused. No GPU is in use by a replica that serves.'
    : 'Calls are refused.';
}

/** What broke, why, who can fix it and what to do; nothing while all is well or merely on its way. */
export function toFailure(
  facts: ModelFacts,
  conditions: ModelCondition[],
): ModelFailure | undefined {
  const broken = currentCondition(conditions);
  if (!broken) {
    return undefined;
  }
  const remedy = remedyFor(broken.reason);
  if (!remedy) {
    return undefined;
  }
  const { title, who, todo } = remedy;
  return {
    title,
    what: whatStopped(facts),
    why: broken.message,
    who: `${who}.`,
    todo,
    since: broken.lastTransitionTime || undefined,
  };
}
