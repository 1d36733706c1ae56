import { useState } from 'react';
import { Button } from '@backstage/ui';
import { RiKey2Line } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import {
  CallableModel,
  GrantSummary,
  RequestSummary,
} from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { Section } from '../components/Section';
import { StatePanel } from '../components/StatePanel';
import tableStyles from '../components/table.module.css';
import { formatCount, modelName, useNow } from '../format';
import {
  LiveIndicator,
  StaleBanner,
  useLivePages,
  useLiveResource,
} from '../live';
import { PageLink, useModelLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { GrantRow, RequestRow } from './GrantRows';
import { EndGrantDialog } from './EndGrantDialog';
import { LiveTable } from './LiveTable';
import { RenewDialog } from './RenewDialog';
import { RequestAccessDialog } from './RequestAccessDialog';
import { AnswerDialog, WithdrawDialog } from './RequestDialogs';
import { StateChoice, StateFilter, stateChoices, stateOf } from './StateFilter';
import styles from './AccessPage.module.css';

/** So many models that are open anyway are named; the others are on the Models page. */
const MOST_NAMED = 20;
/** What is open to everybody rarely changes. */
const OPEN_POLL_MS = 60_000;

type Asked =
  | { what: 'renew' | 'end'; grant: GrantSummary }
  | { what: 'withdraw' | 'answer'; request: RequestSummary };

/** What I may call until when, what I asked for, and what is open to me anyway. */
export function GrantsCard() {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const { memberOf } = useAccessPerson();
  const now = useNow(60_000);
  const [choice, setChoice] = useState<StateChoice>('active');
  const [asked, setAsked] = useState<Asked>();
  const [asks, setAsks] = useState(false);
  const grants = useLivePages<GrantSummary>({
    key: `grants mine ${choice}`,
    ask: (page, signal) =>
      api.listGrants(
        { scope: 'mine', state: stateOf(choice), ...page },
        signal,
      ),
  });
  const pending = useLivePages<RequestSummary>({
    key: 'requests mine pending',
    ask: (page, signal) =>
      api.listRequests({ scope: 'mine', state: 'pending', ...page }, signal),
  });
  const { items, resource } = grants;
  const requests = choice === 'ended' ? [] : pending.items ?? [];
  const isEmpty = items?.length === 0 && requests.length === 0;

  return (
    <Section
      title={t('access.grants.title')}
      count={
        items &&
        formatCount(
          items.length + requests.length,
          grants.hasMore || pending.hasMore,
        )
      }
      note={t('access.grants.note')}
      aside={
        <span className={styles.filters}>
          <LiveIndicator resource={resource} />
          <StateFilter
            label={t('access.grants.filter')}
            choices={stateChoices}
            value={choice}
            onChange={setChoice}
          />
        </span>
      }
    >
      <StaleBanner resource={resource} />
      <LiveTable
        resource={resource}
        caption={t('access.grants.title')}
        columns={[
          { title: t('access.column.model') },
          { title: t('access.column.for'), isWide: true },
          { title: t('access.column.state') },
          { title: t('access.column.why'), isWide: true },
          { title: t('access.column.until') },
          { title: t('access.column.keys'), isNumber: true },
          { title: t('access.column.action'), isHidden: true },
        ]}
        isEmpty={items && isEmpty}
        empty={
          choice === 'active' ? (
            <StatePanel
              icon={<RiKey2Line size={16} />}
              title={t('access.grants.emptyTitle')}
              actions={
                memberOf.length > 0 && (
                  <Button variant="primary" onPress={() => setAsks(true)}>
                    {t('access.requestAccess')}
                  </Button>
                )
              }
            >
              {t('access.grants.emptyText')}
            </StatePanel>
          ) : (
            <p className={tableStyles.empty}>
              {t('access.grants.noneOfState')}
            </p>
          )
        }
        isMiddle
        onMore={grants.hasMore ? grants.loadMore : undefined}
      >
        {requests.map(request => (
          <RequestRow
            key={request.id}
            request={request}
            now={now}
            onStep={what => setAsked({ what, request })}
          />
        ))}
        {items?.map(grant => (
          <GrantRow
            key={grant.id}
            grant={grant}
            now={now}
            onAction={what => setAsked({ what, grant })}
          />
        ))}
      </LiveTable>
      <OpenModels />
      <Dialogs asked={asked} onClose={() => setAsked(undefined)} />
      {asks && <RequestAccessDialog onClose={() => setAsks(false)} />}
    </Section>
  );
}

function Dialogs(props: { asked: Asked | undefined; onClose(): void }) {
  const { asked, onClose } = props;
  switch (asked?.what) {
    case 'renew':
      return <RenewDialog grant={asked.grant} onClose={onClose} />;
    case 'end':
      return <EndGrantDialog grant={asked.grant} mine onClose={onClose} />;
    case 'withdraw':
      return <WithdrawDialog request={asked.request} onClose={onClose} />;
    case 'answer':
      return <AnswerDialog request={asked.request} onClose={onClose} />;
    default:
      return null;
  }
}

/** Models that she may call without a grant. */
function OpenModels() {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const links = useModelLinks();
  const models = useLiveResource<CallableModel[]>({
    key: 'callable models',
    pollMs: OPEN_POLL_MS,
    load: (_previous, signal) => api.listCallableModels(signal),
  });
  const open = models.value?.filter(({ by }) => by?.kind === 'open') ?? [];
  const more = open.length - MOST_NAMED;
  if (open.length === 0) {
    return null;
  }
  return (
    <div className={styles.foot}>
      {t('access.grants.open', {
        models: open
          .slice(0, MOST_NAMED)
          .map(({ model }) => modelName(model))
          .join(', '),
      })}
      {more > 0 && (
        <>
          {', '}
          <PageLink to={links.models()}>
            {t('access.grants.openMore', { count: more })}
          </PageLink>
        </>
      )}
    </div>
  );
}
