import { Button } from '@backstage/ui';
import { RiErrorWarningLine } from '@remixicon/react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { Words } from '../components/Words';
import { formatAge, formatMinute, useNow } from '../format';
import { llmTranslationRef } from '../translation';
import { freshnessOf } from './freshness';
import { LiveResource } from './useLiveResource';
import styles from './Live.module.css';

/** Says that what is shown is old, how old, whose fault it is and when the next try comes. Nothing while it is fresh. */
export function StaleBanner(props: {
  resource: LiveResource<unknown>;
  /** How long the portal itself has heard nothing, as it says. */
  silentForMs?: number;
}) {
  const { t } = useTranslationRef(llmTranslationRef);
  const now = useNow(1_000);
  const { heardAt, nextTryAt, error, refresh } = props.resource;
  const { silentForMs = 0 } = props;
  if (
    heardAt === undefined ||
    freshnessOf(heardAt, silentForMs, now) !== 'stale'
  ) {
    return null;
  }
  const known = heardAt - silentForMs;
  const time = formatMinute(known);
  return (
    <div className={styles.banner}>
      <RiErrorWarningLine size={16} aria-hidden="true" />
      <Words title={t('live.staleTitle', { ago: formatAge(now - known) })}>
        {/* The seconds around it are not read aloud. */}
        <span role="status">
          {error
            ? t('live.portalLost', { time })
            : t('live.clusterLost', { time })}
        </span>{' '}
        {error && nextTryAt !== undefined && nextTryAt > now
          ? t('live.nextTry', { in: formatAge(nextTryAt - now) })
          : ''}
      </Words>
      <Button size="small" variant="secondary" onPress={refresh}>
        {t('live.tryNow')}
      </Button>
    </div>
  );
}
