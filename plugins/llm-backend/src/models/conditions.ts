/** The stages of a model, each with a condition of its own; `Ready` sums them up. */
export const CONDITION_TYPES = [
  'Accepted',
  'WeightsReady',
  'WorkloadReady',
  'EndpointPickerReady',
  'ExternalEndpointReady',
  'InternalEndpointReady',
  'Ready',
] as const;

/** Type of a model's condition. */
export type ConditionType = (typeof CONDITION_TYPES)[number];

/** What a reason means to a person: `waiting` ends by itself, `broken` needs somebody. */
export type Meaning = 'ok' | 'waiting' | 'broken';

/** What one stage has come to. */
export interface Stage {
  status: 'True' | 'False' | 'Unknown';
  reason: Reason;
  /** What is the case and, if something is wrong, what to do. */
  message: string;
}

/** Every reason that a condition of a model can have, and what it means. */
export const REASONS = {
  // Accepted
  SpecValid: 'ok',
  SpecInvalid: 'broken',
  DuplicateModelId: 'broken',
  NamespaceNotManaged: 'broken',
  // WeightsReady
  Downloaded: 'ok',
  NotNeeded: 'ok',
  FetchedByPods: 'ok',
  Downloading: 'waiting',
  DownloadPending: 'waiting',
  Retrying: 'waiting',
  ClaimPending: 'waiting',
  ClaimTerminating: 'waiting',
  ClaimLost: 'broken',
  StorageClassNotFound: 'broken',
  SecretNotFound: 'broken',
  SourceForbidden: 'broken',
  SourceNotFound: 'broken',
  SourceUnreachable: 'broken',
  DiskFull: 'broken',
  DownloadFailed: 'broken',
  // WorkloadReady
  Available: 'ok',
  WaitingForWeights: 'waiting',
  WaitingForAcceptance: 'waiting',
  Creating: 'waiting',
  Starting: 'waiting',
  LoadingWeights: 'waiting',
  Unschedulable: 'waiting',
  ScaledToZero: 'waiting',
  ReplicasUnavailable: 'broken',
  ImagePullFailed: 'broken',
  ContainerConfigInvalid: 'broken',
  CrashLooping: 'broken',
  ProbeFailing: 'broken',
  QuotaExceeded: 'broken',
  PodsRefused: 'broken',
  // shared
  WriteRefused: 'broken',
  // endpoints and picker
  Programmed: 'ok',
  EndpointDisabled: 'ok',
  WaitingForWorkload: 'waiting',
  PolicyPending: 'waiting',
  RoutePending: 'waiting',
  PolicyRefused: 'broken',
  RouteRefused: 'broken',
  GatewayCrdMissing: 'broken',
  GatewayNotFound: 'broken',
  IssuerUnreachable: 'broken',
  AuthorizerPending: 'waiting',
  AuthorizerRefused: 'broken',
  PolicyMergedElsewhere: 'broken',
  // Ready
  Serving: 'ok',
  Degraded: 'broken',
  Deleting: 'waiting',
} as const satisfies Record<string, Meaning>;

/** Reason of a model's condition. */
export type Reason = keyof typeof REASONS;

/** What a reason means; unknown ones (written by another version) count as waiting. */
export function meaningOf(reason: string): Meaning {
  const known: Record<string, Meaning> = REASONS;
  return known[reason] ?? 'waiting';
}

/** A stage that is done. */
export function done(reason: Reason, message: string): Stage {
  return { status: 'True', reason, message };
}

/** A stage that is not done. */
export function pending(reason: Reason, message: string): Stage {
  return { status: 'False', reason, message };
}

/** A text as a sentence that another can follow. What it says is left as it is: names have their own spelling. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
