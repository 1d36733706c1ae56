import { useEffect, useRef, useState } from 'react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelPhase, ModelSummary } from '@slipway/plugin-llm-common';
import { llmTranslationRef } from '../translation';

const MOST = 3;

/** Models whose phase changed since the last rows, for a live region: phases are announced, ticks are not. */
export function usePhaseNews(rows: ModelSummary[]): string {
  const { t } = useTranslationRef(llmTranslationRef);
  const known = useRef(new Map<string, ModelPhase>());
  const [news, setNews] = useState('');
  useEffect(() => {
    const changed = rows.filter(row => {
      const before = known.current.get(row.uid);
      return before !== undefined && before !== row.phase;
    });
    known.current = new Map(rows.map(row => [row.uid, row.phase]));
    if (changed.length > 0) {
      setNews(
        changed
          .slice(0, MOST)
          .map(row =>
            t('models.announce', {
              name: row.name,
              phase: t(`phase.${row.phase}`),
            }),
          )
          .join('. '),
      );
    }
  }, [rows, t]);
  return news;
}
