import { KubeObject } from '@slipway/controller';
import { claimStage } from './claimStage';
import { done, pending, REASONS, sentence, Stage } from './conditions';
import {
  attemptOf,
  attemptsOf,
  inputsChanged,
  isForeignCleanup,
  isStuck,
  podsOf,
} from './downloadJobs';
import { bytesOf, failureReport } from './downloadReport';
import { isRecord, textAt } from './json';
import { hashOf, Model, usesClaim, usesDownloadJob } from './model';
import { jobName, namesOf } from './names';
import { Observed } from './observed';
import { perObject } from './perObject';
import { Platform } from './platform';
import { conditionOf, containerStatuses, isOver, podTrouble } from './podState';
import { renderDownloadJob } from './render';
import { Renders } from './Renders';
import { weightsOf } from './weights';

/** Longest wait between two tries of a download that failed. */
const MAX_RETRY_MS = 15 * 60_000;
const FIRST_RETRY_MS = 30_000;

const templateHash = perObject(({ spec }: KubeObject) =>
  hashOf(spec).slice(0, 8),
);

/** Where a model's weights stand, and what has to be done about them. */
export interface DownloadState {
  stage: Stage;
  /** Servers may start with the wanted weights. */
  ready: boolean;
  /** A Job to make: its attempt. */
  start?: { attempt: number; inputs: string };
  /** Size of the weights, as the download has told it. */
  bytes?: number;
  /** Jobs to leave as they are. */
  keep: KubeObject[];
  /** When to look again, because nothing else will tell. */
  retryAfterMs?: number;
}

/** Everything that decides about a download. */
export interface DownloadInput {
  model: Model;
  platform: Platform;
  observed: Observed;
  /** Wall clock. */
  nowMs: number;
  renders: Renders;
}

/** Decides about the download of a model's weights. */
export function judgeDownload(input: DownloadInput): DownloadState {
  const { model, observed, nowMs } = input;
  if (!usesDownloadJob(model)) {
    return { stage: withoutJob(model, observed), ready: true, keep: [] };
  }
  const claim = claimStage(model, observed);
  const { claim: live } = observed;
  if (!live || live.metadata.deletionTimestamp !== undefined) {
    return {
      stage:
        claim ??
        pending(
          'ClaimPending',
          `The claim ${namesOf(model).claim} is being made.`,
        ),
      ready: false,
      keep: [],
    };
  }
  const inputs = inputsOf(input, live);
  const secret = secretStage(model, observed);
  const attempts = attemptsOf(weightsOf(model), live, observed.jobs);
  const latest = attempts.at(-1);
  const complete = attempts.find(job => conditionOf(job, 'Complete'));
  if (complete) {
    return {
      stage: done('Downloaded', downloadedMessage(model)),
      ready: true,
      bytes: bytesOf(complete, observed.pods),
      keep: [complete],
    };
  }
  if (!latest) {
    return startStage(model, observed, inputs, claim ?? secret);
  }
  const failed = conditionOf(latest, 'Failed');
  if (!failed && isStuck(latest, inputs, observed)) {
    return {
      stage: pending(
        'DownloadPending',
        'What the download needs has changed; it starts anew.',
      ),
      ready: false,
      start: { attempt: attemptOf(latest) + 1, inputs },
      keep: [],
    };
  }
  if (!failed) {
    return {
      stage: runningStage(model, latest, observed, claim ?? secret),
      ready: false,
      keep: [latest],
    };
  }
  return failedState({ model, observed, latest, failed, inputs, nowMs });
}

/**
 * What a try depends on: another claim makes a finished download worthless; another Secret, more room or another pod (its image, the name of
 * its Secret) make one that failed or is stuck worth a new try. Parts that are not known are empty.
 */
function inputsOf(
  { model, platform, observed, renders }: DownloadInput,
  claim: KubeObject,
): string {
  const size = textAt(claim, 'spec', 'resources', 'requests', 'storage') ?? '';
  const template = renders.once('download', () =>
    renderDownloadJob(model, platform, { attempt: 1, inputs: '' }),
  );
  return [
    claim.metadata.uid ?? '',
    observed.secret?.version ?? '',
    size,
    templateHash(template),
  ].join('/');
}

/** The Secret for the download is known to be missing. */
function secretStage(model: Model, { secret }: Observed): Stage | undefined {
  if (!model.authSecretName || !secret || (secret.found && secret.hasToken)) {
    return undefined;
  }
  const what = secret.found ? `has no key HF_TOKEN` : 'does not exist';
  return pending(
    'SecretNotFound',
    `The Secret ${model.authSecretName} in the namespace ${model.namespace} ${what}: kubectl create secret generic ${model.authSecretName} -n ${model.namespace} --from-literal=HF_TOKEN=…`,
  );
}

function startStage(
  model: Model,
  observed: Observed,
  inputs: string,
  claim: Stage | undefined,
): DownloadState {
  const hash = weightsOf(model).hash;
  const name = jobName(model, 'download', hash, 1);
  const inTheWay = observed.jobs.some(
    job =>
      job.metadata.name === name || isForeignCleanup(job.metadata.labels, hash),
  );
  // A clean-up for other weights would remove what we fetch, as long as its pod lives.
  const cleaning = observed.pods.some(
    pod => isForeignCleanup(pod.metadata.labels, hash) && !isOver(pod),
  );
  if (inTheWay || cleaning) {
    return {
      stage: pending(
        'DownloadPending',
        'The download starts as soon as the last one is cleared away.',
      ),
      ready: false,
      keep: [],
    };
  }
  return {
    stage:
      claim && REASONS[claim.reason] === 'broken'
        ? claim
        : pending('DownloadPending', 'The download is about to start.'),
    ready: false,
    start: { attempt: 1, inputs },
    keep: [],
  };
}

function failedState(at: {
  model: Model;
  observed: Observed;
  latest: KubeObject;
  failed: Record<string, unknown>;
  inputs: string;
  nowMs: number;
}): DownloadState {
  const { model, observed, latest, failed, inputs, nowMs } = at;
  const attempt = attemptOf(latest);
  const failedAtMs =
    Date.parse(textAt(failed, 'lastTransitionTime') ?? '') || nowMs;
  const delayMs = Math.min(
    FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 10),
    MAX_RETRY_MS,
  );
  const leftMs = inputsChanged(latest, inputs)
    ? 0
    : failedAtMs + delayMs - nowMs;
  const report = failureReport(latest, observed.pods) ?? {
    reason: 'DownloadFailed' as const,
    message: textAt(failed, 'message') ?? 'the Job failed without a message',
  };
  const told = `${sentence(report.message)} Try ${attempt} of job ${
    latest.metadata.name
  } failed; it is tried again by itself.`;
  return {
    stage: pending(report.reason, told),
    ready: false,
    keep: [latest],
    ...(leftMs > 0
      ? { retryAfterMs: leftMs }
      : { start: { attempt: attempt + 1, inputs } }),
    ...(model.deletedAt ? { start: undefined } : {}),
  };
}

function runningStage(
  model: Model,
  job: KubeObject,
  observed: Observed,
  claim: Stage | undefined,
): Stage {
  const pods = podsOf(job, observed.pods);
  if (claim && REASONS[claim.reason] === 'broken') {
    return claim;
  }
  for (const pod of pods.filter(candidate => !isOver(candidate))) {
    const trouble = podTrouble(pod);
    if (trouble) {
      return trouble;
    }
    if (
      containerStatuses(pod).some(
        status => isRecord(status.state) && 'running' in status.state,
      )
    ) {
      return pending(
        'Downloading',
        `Fetching ${describeWeights(model)}. No GPU is held meanwhile.`,
      );
    }
  }
  const report = failureReport(job, observed.pods);
  if (report) {
    return pending(
      report.reason === 'DownloadFailed' ? 'Retrying' : report.reason,
      `${sentence(report.message)} It is tried again by itself.`,
    );
  }
  if (pods.some(pod => textAt(pod, 'status', 'phase') === 'Succeeded')) {
    return pending(
      'Downloading',
      `Everything is fetched; job ${job.metadata.name} is about to say so.`,
    );
  }
  return pending('DownloadPending', `Job ${job.metadata.name} is starting.`);
}

function withoutJob(model: Model, observed: Observed): Stage {
  if (model.source === 'oci') {
    return done(
      'FetchedByPods',
      `Each pod takes the weights from the image ${model.weightsImage ?? ''}.`,
    );
  }
  if (!usesClaim(model)) {
    return model.preload
      ? done(
          'FetchedByPods',
          'Each pod fetches the weights into a volume of its own before it starts.',
        )
      : done('NotNeeded', 'Nothing is fetched: spec.model.preload is false.');
  }
  const claim = claimStage(model, observed);
  return (
    claim ??
    done(
      'NotNeeded',
      'Nothing is fetched: spec.model.preload is false, so the claim must hold the weights already.',
    )
  );
}

function downloadedMessage(model: Model): string {
  return `${describeWeights(model)} is on the claim ${namesOf(model).claim}.`;
}

/** The weights in words. */
export function describeWeights(model: Model): string {
  return `${model.modelId}${model.revision ? ` at ${model.revision}` : ''}`;
}
