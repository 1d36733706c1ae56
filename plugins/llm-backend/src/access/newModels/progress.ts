import type {
  NewModelProgress,
  RequestSummary,
} from '@slipway/plugin-llm-common';
import type { PullRequest } from '@slipway/plugin-llm-node';
import type {
  NewModel,
  NewModelState,
} from '../database/operations/newModels/rows';
import type { AccessCaller } from '../types';

/** What came of one try to get an approved model on. */
export type Happening =
  | { kind: 'made' }
  /** Its pull request is there, and stands like this. */
  | { kind: 'seen'; pullRequest: PullRequest }
  /** Trying again does not mend it. */
  | { kind: 'refused'; problem: string }
  | { kind: 'failed'; problem: string; retryAfterMs?: number };

/** What the audit log and people hear of it. */
export interface ProgressNews {
  action: 'model-made' | 'model-proposed' | 'model-stopped' | 'model-waits';
  /** Why it stopped or waits. */
  comment?: string;
  pullRequest?: string;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const FIRST_RETRY_MS = 5 * SECOND;
const LAST_RETRY_MS = 10 * MINUTE;
/** After so many failures in a row, some twenty minutes, the admins are told. */
const TELL_AFTER_FAILURES = 8;
/** How long GitOps may take from the merge to the cluster before the admins are told. */
const GITOPS_MS = HOUR;

/**
 * A new model after a try.
 *
 * What can go on by itself is looked at often while it is fresh, and the longer it has been as it is, the less often. What only a person
 * gets on is looked at too, for the person may act elsewhere: mend a token, open the pull request again, make the model by hand.
 */
export function afterTry(
  before: NewModel,
  happening: Happening,
  { now, remindDays }: { now: Date; remindDays: number },
): { state: NewModelState; news: ProgressNews[] } {
  const { requestId: _id, manifest: _manifest, ...state } = before;
  const at = now.toISOString();
  const { pullRequest } = before;
  switch (happening.kind) {
    case 'made':
      return {
        state: { round: before.round, failures: 0, pullRequest, appliedAt: at },
        news: [{ action: 'model-made', pullRequest: pullRequest?.url }],
      };
    case 'seen':
      return afterLook(before, happening.pullRequest, { now, remindDays });
    case 'refused': {
      const { problem } = happening;
      const stoppedAt = before.stoppedAt ?? at;
      return {
        state: {
          ...state,
          problem,
          stoppedAt,
          failures: 0,
          nextTryAt: nextLook(stoppedAt, now, { min: 10 * MINUTE, max: DAY }),
        },
        news:
          before.stoppedAt && before.problem === problem
            ? []
            : [{ action: 'model-stopped', comment: problem }],
      };
    }
    default: {
      const { problem, retryAfterMs = 0 } = happening;
      const failures = before.failures + 1;
      const pause = Math.min(
        FIRST_RETRY_MS * 2 ** before.failures,
        LAST_RETRY_MS,
      );
      return {
        state: {
          ...state,
          problem,
          failures,
          nextTryAt: later(now, Math.max(pause, retryAfterMs)),
        },
        news:
          failures === TELL_AFTER_FAILURES
            ? [{ action: 'model-waits', comment: problem }]
            : [],
      };
    }
  }
}

/** What a look at a pull request found. */
interface Look {
  before: NewModel;
  pullRequest: NonNullable<NewModel['pullRequest']>;
  /** Whether it is the one that was known, in the state that was known. */
  isSame: boolean;
  now: Date;
}

function afterLook(
  before: NewModel,
  seen: PullRequest,
  { now, remindDays }: { now: Date; remindDays: number },
): { state: NewModelState; news: ProgressNews[] } {
  const known = before.pullRequest;
  const isKnown = known?.id === seen.id;
  const isSame = isKnown && known.state === seen.state;
  const since = isSame ? known.since : now.toISOString();
  const look = { before, pullRequest: { ...seen, since }, isSame, now };
  const { state, news } =
    seen.state === 'closed' ? afterClosed(look) : afterGoing(look, remindDays);
  const proposed: ProgressNews = {
    action: 'model-proposed',
    pullRequest: seen.url,
  };
  return { state, news: isKnown ? news : [proposed, ...news] };
}

function afterClosed({ before, pullRequest, isSame, now }: Look) {
  const { since, url } = pullRequest;
  const comment =
    'The pull request was closed without being merged; what its reviewers said is there. An admin can propose the model once more, or ask for it anew as they would have it.';
  const state: NewModelState = {
    round: before.round,
    failures: 0,
    pullRequest,
    problem: comment,
    stoppedAt: since,
    nextTryAt: nextLook(since, now, { min: MINUTE, max: DAY }),
  };
  const stopped: ProgressNews = {
    action: 'model-stopped',
    comment,
    pullRequest: url,
  };
  return { state, news: isSame ? [] : [stopped] };
}

/** Open or merged: it goes on without us. */
function afterGoing(
  { before, pullRequest, isSame, now }: Look,
  remindDays: number,
) {
  const { since, url } = pullRequest;
  const problem = slow(
    pullRequest,
    now.getTime() - Date.parse(since),
    remindDays,
  );
  const remindedAt = isSame ? before.remindedAt : undefined;
  const isNews = problem !== undefined && remindedAt === undefined;
  const state: NewModelState = {
    round: before.round,
    failures: 0,
    pullRequest,
    problem,
    remindedAt: isNews ? now.toISOString() : remindedAt,
    nextTryAt: nextLook(since, now, { min: 30 * SECOND, max: 10 * MINUTE }),
  };
  const waits: ProgressNews = {
    action: 'model-waits',
    comment: problem,
    pullRequest: url,
  };
  return { state, news: isNews ? [waits] : [] };
}

/** Why a pull request that is open or merged takes longer than it should. */
function slow(
  { state, since }: { state: PullRequest['state']; since: string },
  waitedMs: number,
  remindDays: number,
): string | undefined {
  if (state === 'merged') {
    return waitedMs < GITOPS_MS
      ? undefined
      : `The pull request was merged by ${since}, and the cluster still does not have the model. See what GitOps says of the file: whether it watches that branch and path, and whether the API server takes the manifest.`;
  }
  return waitedMs < remindDays * DAY
    ? undefined
    : `The pull request is open since ${since} and waits for its reviewers: merge it, or close it if the model is not wanted any more.`;
}

/** When to look again at what is as it is since then. */
function nextLook(
  since: string,
  now: Date,
  { min, max }: { min: number; max: number },
): string {
  const age = now.getTime() - Date.parse(since);
  return later(now, Math.min(Math.max(age / 20, min), max));
}

function later(now: Date, ms: number): string {
  return new Date(now.getTime() + Math.round(ms)).toISOString();
}

/** A new model that an admin wants tried again: at once, and after a closed pull request as a new one. */
export function afterRetry(before: NewModel): NewModelState {
  return before.pullRequest?.state === 'closed'
    ? { round: before.round + 1, failures: 0 }
    : { round: before.round, failures: 0, pullRequest: before.pullRequest };
}

/** Whether trying again could get it on: it has stopped, or fails. */
export function canRetry(model: NewModel): boolean {
  return (
    model.appliedAt === undefined &&
    (model.stoppedAt !== undefined || model.failures > 0)
  );
}

/** How far a request for a new model is, for one caller; nothing before it is approved. */
export function progressOf(
  request: Pick<RequestSummary, 'state'>,
  model: NewModel | undefined,
  caller: AccessCaller,
): NewModelProgress | undefined {
  if (!model || request.state !== 'approved') {
    return undefined;
  }
  const { pullRequest, problem } = model;
  return {
    state: stateOf(model),
    pullRequest: pullRequest && {
      url: pullRequest.url,
      state: pullRequest.state,
      since: pullRequest.since,
    },
    problem,
    mayRetry: caller.admin && canRetry(model),
  };
}

function stateOf(model: NewModel): NewModelProgress['state'] {
  if (model.appliedAt !== undefined) {
    return 'made';
  }
  if (model.stoppedAt !== undefined) {
    return 'stopped';
  }
  switch (model.pullRequest?.state) {
    case 'open':
      return 'proposed';
    case 'merged':
      return 'merged';
    default:
      return 'making';
  }
}
