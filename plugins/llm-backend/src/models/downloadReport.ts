import { KubeObject } from '@slipway/controller';
import { Reason, REASONS } from './conditions';
import { podsOf } from './downloadJobs';
import { numberAt, textAt } from './json';
import { DOWNLOADER_CONTAINER } from './names';
import { terminationMessage } from './podState';

/** What the download script may say of a failure; `DownloadFailed` stands for anything else. */
const REPORTED_REASONS: readonly string[] = [
  'SourceForbidden',
  'SourceNotFound',
  'SourceUnreachable',
  'DiskFull',
];

/** What the pod that finished a download said about its size. */
export function bytesOf(
  job: KubeObject,
  pods: KubeObject[],
): number | undefined {
  for (const pod of podsOf(job, pods)) {
    const text = terminationMessage(pod, DOWNLOADER_CONTAINER);
    const bytes = text?.startsWith('{')
      ? numberAt(parseJson(text), 'bytes')
      : undefined;
    if (bytes !== undefined) {
      return bytes;
    }
  }
  return undefined;
}

/** What the last failed pod of a Job said when it ended; see the download script. */
export function failureReport(
  job: KubeObject,
  pods: KubeObject[],
): { reason: Reason; message: string } | undefined {
  const failed = podsOf(job, pods)
    .filter(pod => textAt(pod, 'status', 'phase') === 'Failed')
    .sort((a, b) =>
      (a.metadata.creationTimestamp ?? '').localeCompare(
        b.metadata.creationTimestamp ?? '',
      ),
    );
  for (const pod of failed.reverse()) {
    const text = terminationMessage(pod, DOWNLOADER_CONTAINER);
    if (text) {
      return parseReport(text);
    }
  }
  return undefined;
}

function parseReport(text: string): { reason: Reason; message: string } {
  const report = parseJson(text);
  const reason = textAt(report, 'reason');
  const known = REPORTED_REASONS.find(candidate => candidate === reason);
  return {
    reason: isReason(known) ? known : 'DownloadFailed',
    message: textAt(report, 'message') ?? text.slice(0, 500),
  };
}

function isReason(text: string | undefined): text is Reason {
  return text !== undefined && text in REASONS;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
