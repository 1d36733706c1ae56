import { useEffect, useState } from 'react';
import { Button, ButtonLink } from '@backstage/ui';
import { RiCheckDoubleLine } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestSummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { TableSkeleton } from '../access/TableSkeleton';
import { ErrorState } from '../components/ErrorState';
import { Section } from '../components/Section';
import { StatePanel } from '../components/StatePanel';
import { formatCount } from '../format';
import { LiveIndicator, StaleBanner, useLivePages } from '../live';
import { useAccessLinks, useSearchState } from '../navigation';
import { llmTranslationRef } from '../translation';
import { BulkBar } from './BulkBar';
import { RequestDetailCard } from './RequestDetailCard';
import { RequestList } from './RequestList';
import styles from './ApprovalsPage.module.css';

/** What waits for me at the left, what a yes would mean at the right. */
export function OpenTab() {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const links = useAccessLinks();
  const [many, setMany] = useState(false);
  const [chosen, setChosen] = useState<string[]>([]);
  const requests = useLivePages<RequestSummary>({
    key: 'requests to-decide',
    ask: (page, signal) =>
      api.listRequests({ scope: 'to-decide', ...page }, signal),
  });
  const { items, resource } = requests;
  const { selected, isNext, moveOn } = useSelected(items);
  const stopChoosing = () => {
    setMany(false);
    setChosen([]);
  };
  // Whoever else decided on one meanwhile took it out of the list.
  const stillThere = (items ?? []).filter(({ id }) => chosen.includes(id));

  if (!items) {
    return (
      <div className={styles.card}>
        {resource.error ? (
          <ErrorState
            error={resource.error}
            title={t('access.errorTitle')}
            retry={resource.retry}
          />
        ) : (
          <TableSkeleton />
        )}
      </div>
    );
  }
  // While many are selected, what could not be decided stays in sight.
  if (items.length === 0 && !selected && !many) {
    return (
      <div className={styles.card}>
        <StatePanel
          icon={<RiCheckDoubleLine size={16} />}
          title={t('approvals.emptyTitle')}
          actions={
            <ButtonLink variant="primary" href={links.approvals('decided')}>
              {t('approvals.seeDecided')}
            </ButtonLink>
          }
        >
          {t('approvals.emptyText')}
        </StatePanel>
      </div>
    );
  }
  return (
    <>
      <StaleBanner resource={resource} />
      <div className={styles.columns}>
        <Section
          title={t('approvals.waiting')}
          count={formatCount(items.length, requests.hasMore)}
          aside={
            items.length > 1 || many ? (
              <Button
                size="small"
                variant="secondary"
                onPress={() => (many ? stopChoosing() : setMany(true))}
              >
                {t(many ? 'approvals.selectNone' : 'approvals.selectMany')}
              </Button>
            ) : (
              <LiveIndicator resource={resource} />
            )
          }
        >
          <RequestList
            requests={items}
            selected={selected}
            chosen={many ? chosen : undefined}
            onChoose={setChosen}
          />
          {requests.hasMore && (
            <div className={styles.more}>
              <Button
                size="small"
                variant="secondary"
                onPress={requests.loadMore}
              >
                {t('access.more')}
              </Button>
            </div>
          )}
        </Section>
        {many ? (
          <BulkBar
            requests={stillThere}
            onDone={() => {
              stopChoosing();
              moveOn(chosen);
            }}
          />
        ) : (
          selected && (
            <RequestDetailCard
              key={selected}
              id={selected}
              isNext={isNext}
              onDecided={() => moveOn([selected])}
              next={items.find(({ id }) => id !== selected)?.id}
            />
          )
        )}
      </div>
    </>
  );
}

/**
 * The request that is shown. It stays, whatever else comes or is decided meanwhile: only a link and her own decision move it, so that what
 * she reads is what she decides on.
 */
function useSelected(items: RequestSummary[] | undefined) {
  const [params] = useSearchState();
  const linked = params.get('request') ?? undefined;
  const [kept, setKept] = useState<string>();
  // The list may still have them for a moment.
  const [decided, setDecided] = useState<string[]>([]);
  const first = items?.find(({ id }) => !decided.includes(id))?.id;
  const selected = linked ?? kept ?? first;
  useEffect(() => setKept(selected), [selected]);
  return {
    selected,
    /** It came by itself, after a decision. */
    isNext: decided.length > 0 && linked === undefined,
    moveOn: (ids: string[]) => {
      setDecided(before => [...before, ...ids]);
      setKept(undefined);
    },
  };
}
