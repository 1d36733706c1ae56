import { TranslationFunction } from '@backstage/frontend-plugin-api';
import { ModelSummary } from '@slipway/plugin-llm-common';
import { formatBytes, formatBytesOf, formatDuration } from '../format';
import { llmTranslationRef } from '../translation';

type Translate = TranslationFunction<(typeof llmTranslationRef)['T']>;

/** The stage of a model in words for its row, with the time or the bytes that go with it. */
export function stageText(
  model: ModelSummary,
  nowMs: number,
  t: Translate,
): string {
  const { phase, stage, phaseSince, download } = model;
  const lasted = phaseSince
    ? formatDuration(nowMs - Date.parse(phaseSince))
    : undefined;
  if (phase === 'Ready' && lasted) {
    return t('stage.servingFor', { duration: lasted });
  }
  if (phase === 'Downloading' && download) {
    return download.bytesTotal === undefined
      ? t('stage.bytesUnknown', { bytes: formatBytes(download.bytesDone) })
      : formatBytesOf(download.bytesDone, download.bytesTotal);
  }
  if (phase === 'Starting' && lasted) {
    return t('stage.since', {
      stage: stage.replace(/[.]$/, ''),
      duration: lasted,
    });
  }
  return stage;
}
