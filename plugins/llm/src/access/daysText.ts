import { TranslationFunction } from '@backstage/frontend-plugin-api';
import { RequestSummary } from '@slipway/plugin-llm-common';
import { llmTranslationRef } from '../translation';

/** For how long a request asks; a request for a new model asks for no time. */
export function daysText(
  request: Pick<RequestSummary, 'kind' | 'days'>,
  t: TranslationFunction<(typeof llmTranslationRef)['T']>,
): string {
  return request.kind === 'new-model'
    ? t('access.newModel.title')
    : t('access.request.days', { days: String(request.days) });
}
