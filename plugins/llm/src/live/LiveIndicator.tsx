import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { formatAge, formatMinute, useNow } from '../format';
import { llmTranslationRef } from '../translation';
import { freshnessOf } from './freshness';
import { LiveState } from './LiveLoop';
import styles from './Live.module.css';

/** "Live, changed 2 s ago" with a dot; without the dot as soon as that can't be said any more. */
export function LiveIndicator(props: {
  resource: LiveState<unknown>;
  /** How long the portal itself has heard nothing, as it says. */
  silentForMs?: number;
}) {
  const { t } = useTranslationRef(llmTranslationRef);
  const now = useNow(1_000);
  const { heardAt, changedAt } = props.resource;
  if (heardAt === undefined) {
    return null;
  }
  const { silentForMs = 0 } = props;
  const freshness = freshnessOf(heardAt, silentForMs, now);
  if (freshness !== 'live') {
    return (
      <span className={styles.indicator}>
        {t('live.asOf', { time: formatMinute(heardAt - silentForMs) })}
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
