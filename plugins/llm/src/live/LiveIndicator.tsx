import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { formatAge, formatMinute, useNow } from '../format';
import { llmTranslationRef } from '../translation';
import { freshnessOf } from './freshness';
import { LiveState } from './LiveLoop';
import styles from './Live.module.css';

/** "Live, changed 2 s ago" with a dot; without the dot as soon as that can't be said any more. */
export function LiveIndicator(props: {
  resource: LiveState<unknown>;
  asOf?: string;
}) {
  const { t } = useTranslationRef(llmTranslationRef);
  const now = useNow(1_000);
  const { heardAt, changedAt } = props.resource;
  if (heardAt === undefined) {
    return null;
  }
  const asOfMs = props.asOf ? Date.parse(props.asOf) : undefined;
  const freshness = freshnessOf(heardAt, asOfMs, now);
  if (freshness !== 'live') {
    const known = Math.min(heardAt, asOfMs ?? heardAt);
    return (
      <span className={styles.indicator}>
        {t('live.asOf', { time: formatMinute(known) })}
      </span>
    );
  }
  return (
    <span className={styles.indicator} data-live="">
      {changedAt === undefined
        ? t('live.live')
        : t('live.changed', { ago: formatAge(Math.max(0, now - changedAt)) })}
    </span>
  );
}
