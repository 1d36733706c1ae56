import { useEffect, useState } from 'react';
import { DownloadProgress } from '@slipway/plugin-llm-common';
import {
  addSample,
  DownloadRate,
  DownloadSample,
  rateOf,
} from './downloadRate';

/** The rate of a download while it is watched. */
export function useDownloadRate(
  download: DownloadProgress | undefined,
  heardAtMs: number | undefined,
  startedAt: string | undefined,
): DownloadRate | undefined {
  const [samples, setSamples] = useState<DownloadSample[]>([]);
  const bytesDone = download?.bytesDone;
  useEffect(() => {
    if (bytesDone !== undefined && heardAtMs !== undefined) {
      setSamples(before => addSample(before, { atMs: heardAtMs, bytesDone }));
    }
  }, [bytesDone, heardAtMs]);
  return download
    ? rateOf(samples, download, startedAt ? Date.parse(startedAt) : undefined)
    : undefined;
}
