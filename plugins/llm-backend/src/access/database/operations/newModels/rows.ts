import type { PullRequest } from '@slipway/plugin-llm-node';
import type { ModelManifest } from '../../../newModels/manifest';

/** A row of `new_models`. */
export interface NewModelRow {
  request_id: string;
  /** JSON. */
  manifest: string;
  applied_at: string | null;
  problem: string | null;
  round: number;
  pull_request_id: string | null;
  pull_request_url: string | null;
  pull_request_state: PullRequest['state'] | null;
  pull_request_since: string | null;
  failures: number;
  next_try_at: string | null;
  stopped_at: string | null;
  reminded_at: string | null;
}

/** What a request for a new model asks for, and what became of it. */
export interface NewModel {
  requestId: string;
  manifest: ModelManifest;
  /** When it was in the cluster; then nothing more happens to it here. */
  appliedAt?: string;
  /** Why an approved one is not in the cluster yet. */
  problem?: string;
  /** Grows when an admin has it proposed once more. */
  round: number;
  /** Where it was proposed in this round, and since when the pull request is in its state. */
  pullRequest?: PullRequest & { since: string };
  /** Failures in a row. */
  failures: number;
  /** When to go on; at once if absent. */
  nextTryAt?: string;
  /** Since when only a person gets it on. */
  stoppedAt?: string;
  /** When people were told that it waits long. */
  remindedAt?: string;
}

/** What of a new model changes in its life. */
export type NewModelState = Omit<NewModel, 'requestId' | 'manifest'>;

/** A row as the room speaks of it. */
export function toNewModel(row: NewModelRow): NewModel {
  return {
    requestId: row.request_id,
    // Only what was read as a manifest is stored.
    manifest: JSON.parse(row.manifest),
    appliedAt: row.applied_at ?? undefined,
    problem: row.problem ?? undefined,
    round: row.round,
    pullRequest: toPullRequest(row),
    failures: row.failures,
    nextTryAt: row.next_try_at ?? undefined,
    stoppedAt: row.stopped_at ?? undefined,
    remindedAt: row.reminded_at ?? undefined,
  };
}

function toPullRequest(row: NewModelRow): NewModel['pullRequest'] {
  const {
    pull_request_id: id,
    pull_request_url: url,
    pull_request_state: state,
    pull_request_since: since,
  } = row;
  return id !== null && url !== null && state !== null && since !== null
    ? { id, url, state, since }
    : undefined;
}

/** What of a row a state sets. */
export function ofState(
  state: NewModelState,
): Omit<NewModelRow, 'request_id' | 'manifest'> {
  const { pullRequest } = state;
  return {
    applied_at: state.appliedAt ?? null,
    problem: state.problem ?? null,
    round: state.round,
    pull_request_id: pullRequest?.id ?? null,
    pull_request_url: pullRequest?.url ?? null,
    pull_request_state: pullRequest?.state ?? null,
    pull_request_since: pullRequest?.since ?? null,
    failures: state.failures,
    next_try_at: state.nextTryAt ?? null,
    stopped_at: state.stoppedAt ?? null,
    reminded_at: state.remindedAt ?? null,
  };
}
