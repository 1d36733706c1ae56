import { DownloadProgress } from '@slipway/plugin-llm-common';

/** What was known at one moment. */
export interface DownloadSample {
  atMs: number;
  bytesDone: number;
}

/** How fast a download is, and how long it will take. */
export interface DownloadRate {
  bytesPerSecond: number;
  /** What the rate is the average of. */
  spanMs: number;
  /** Absent while the size is unknown. */
  leftMs?: number;
}

const WINDOW_MS = 60_000;
/** Below this a rate says more about the network's breath than about the download. */
const MIN_SPAN_MS = 10_000;

/** Adds a sample and forgets those that are older than the window; a download that starts anew starts the samples anew. */
export function addSample(
  samples: DownloadSample[],
  sample: DownloadSample,
): DownloadSample[] {
  const last = samples[samples.length - 1];
  if (last && sample.bytesDone < last.bytesDone) {
    return [sample];
  }
  return [
    ...samples.filter(old => sample.atMs - old.atMs <= WINDOW_MS),
    sample,
  ];
}

/**
 * The rate over the last minute; over the whole download while we have not watched it long enough. Nothing while neither
 * says anything.
 */
export function rateOf(
  samples: DownloadSample[],
  download: DownloadProgress,
  startedAtMs: number | undefined,
): DownloadRate | undefined {
  const first = samples[0];
  const last = samples[samples.length - 1];
  if (!last) {
    return undefined;
  }
  const watchedMs = last.atMs - first.atMs;
  const wholeMs = startedAtMs === undefined ? 0 : last.atMs - startedAtMs;
  const [bytes, spanMs] =
    watchedMs >= MIN_SPAN_MS
      ? [last.bytesDone - first.bytesDone, watchedMs]
      : [last.bytesDone, wholeMs];
  if (spanMs < MIN_SPAN_MS || bytes <= 0) {
    return undefined;
  }
  const bytesPerSecond = bytes / (spanMs / 1000);
  const { bytesTotal } = download;
  return {
    bytesPerSecond,
    spanMs,
    leftMs:
      bytesTotal === undefined
        ? undefined
        : (Math.max(0, bytesTotal - last.bytesDone) / bytesPerSecond) * 1000,
  };
}
