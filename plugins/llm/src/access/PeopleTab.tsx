import { useState } from 'react';
import { Button } from '@backstage/ui';
import { RiDownloadLine, RiFilter3Line, RiGroupLine } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { GrantSummary } from '@slipway/plugin-llm-common';
import { accessApiRef, StandingQuery } from '../api';
import { ActionAlert } from '../components/ActionAlert';
import { Section } from '../components/Section';
import { StatePanel } from '../components/StatePanel';
import tableStyles from '../components/table.module.css';
import { DateTime, ownerName, useNow } from '../format';
import { LiveIndicator, StaleBanner, useLivePages } from '../live';
import { useSearchState } from '../navigation';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { EndGrantDialog } from './EndGrantDialog';
import { ExtendDialog, RecertifyDialog } from './OwnerDialogs';
import { LiveTable } from './LiveTable';
import { ModelLink } from './ModelLink';
import { PeopleFilters } from './PeopleFilters';
import { Subject } from './Person';
import { StandingCell } from './StandingCell';
import { StateChoice, stateOf } from './StateFilter';
import styles from './AccessPage.module.css';

type OwnerAction = 'recertify' | 'extend' | 'revoke';

const ownerActions: readonly OwnerAction[] = ['recertify', 'extend', 'revoke'];

/** Who has access to what I own: for owners of models and tenants, admins and auditors. */
export function PeopleTab() {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const now = useNow(60_000);
  const { may } = useAccessPerson();
  const [params, setParams] = useSearchState();
  const [asked, setAsked] = useState<{
    what: OwnerAction;
    grant: GrantSummary;
  }>();
  const choice = choiceOf(params.get('state'));
  const query: StandingQuery = {
    scope: may.seeAll || may.manageAll ? 'all' : 'owned',
    model: params.get('model') ?? undefined,
    tenant: params.get('tenant') ?? undefined,
    state: stateOf(choice),
  };
  const grants = useLivePages<GrantSummary>({
    key: `grants ${JSON.stringify(query)}`,
    ask: (page, signal) => api.listGrants({ ...query, ...page }, signal),
  });
  const { items, resource } = grants;
  const isFiltered = Boolean(query.model || query.tenant);
  const close = () => setAsked(undefined);
  return (
    <Section
      title={t('access.people.title')}
      count={items?.length}
      note={t(
        query.scope === 'all' ? 'access.people.all' : 'access.people.owned',
      )}
      aside={<LiveIndicator resource={resource} />}
    >
      <StaleBanner resource={resource} />
      <PeopleFilters
        query={query}
        choice={choice}
        models={(items ?? []).map(({ model }) => model)}
        onChange={setParams}
        aside={<Export query={query} isDisabled={!items?.length} />}
      />
      <LiveTable
        resource={resource}
        caption={t('access.people.title')}
        columns={[
          { title: t('access.column.who') },
          { title: t('access.column.model') },
          { title: t('access.column.tenant'), isWide: true },
          { title: t('access.column.state') },
          { title: t('access.column.until') },
          { title: t('access.column.keys'), isWide: true, isNumber: true },
          { title: t('access.column.confirmed'), isWide: true },
          { title: t('access.column.action'), isHidden: true },
        ]}
        isEmpty={items && items.length === 0}
        empty={
          <StatePanel
            role="status"
            icon={
              isFiltered ? (
                <RiFilter3Line size={16} />
              ) : (
                <RiGroupLine size={16} />
              )
            }
            title={t(
              isFiltered
                ? 'access.people.noneTitle'
                : 'access.people.emptyTitle',
            )}
            actions={
              isFiltered && (
                <Button
                  variant="primary"
                  onPress={() =>
                    setParams({ model: undefined, tenant: undefined })
                  }
                >
                  {t('models.clearFilters')}
                </Button>
              )
            }
          >
            {isFiltered ? undefined : t('access.people.emptyText')}
          </StatePanel>
        }
        isMiddle
        onMore={grants.hasMore ? grants.loadMore : undefined}
      >
        {items?.map(grant => (
          <Row
            key={grant.id}
            grant={grant}
            now={now}
            onAction={what => setAsked({ what, grant })}
          />
        ))}
      </LiveTable>
      {asked?.what === 'revoke' && (
        <EndGrantDialog grant={asked.grant} onClose={close} />
      )}
      {asked?.what === 'extend' && (
        <ExtendDialog grant={asked.grant} onClose={close} />
      )}
      {asked?.what === 'recertify' && (
        <RecertifyDialog grant={asked.grant} onClose={close} />
      )}
    </Section>
  );
}

function choiceOf(text: string | null): StateChoice {
  return text === 'ended' || text === 'all' ? text : 'active';
}

function Row(props: {
  grant: GrantSummary;
  now: number;
  onAction(what: OwnerAction): void;
}) {
  const { grant, now, onAction } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { tenantName } = useAccessPerson();
  const who =
    grant.subject.kind === 'user'
      ? ownerName(grant.subject.ref)
      : grant.subject.ref;
  return (
    <tr>
      <td>
        <Subject subject={grant.subject} />
      </td>
      <td>
        <ModelLink model={grant.model} modelId={grant.modelId} />
      </td>
      <td className={tableStyles.wide}>{tenantName(grant.tenant)}</td>
      <td>
        <StandingCell of={grant} now={now} />
      </td>
      <td className={tableStyles.nowrap}>
        <DateTime iso={grant.expiresAt} />
      </td>
      <td className={`${tableStyles.number} ${tableStyles.wide}`}>
        {grant.keys}
      </td>
      <td className={`${tableStyles.wide} ${tableStyles.nowrap}`}>
        {grant.recertifiedAt ? <DateTime iso={grant.recertifiedAt} /> : '–'}
      </td>
      <td>
        <div className={styles.actions}>
          {ownerActions
            .filter(action => grant.myActions.includes(action))
            .map(action => (
              <Button
                key={action}
                size="small"
                variant="secondary"
                destructive={action === 'revoke'}
                aria-label={t(`access.people.${action}Of`, { who })}
                onPress={() => onAction(action)}
              >
                {t(`access.people.${action}`)}
              </Button>
            ))}
        </div>
      </td>
    </tr>
  );
}

/** Hands out the whole filtered list as a file, fetched with the person's own session. */
function Export(props: { query: StandingQuery; isDisabled: boolean }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<Error>();
  const save = async () => {
    setPending(true);
    setError(undefined);
    try {
      const { scope, model, tenant } = props.query;
      saveFile('access.csv', await api.exportGrants({ scope, model, tenant }));
    } catch (caught) {
      setError(caught instanceof Error ? caught : new Error(String(caught)));
    }
    setPending(false);
  };
  return (
    <>
      <Button
        size="small"
        variant="secondary"
        iconStart={<RiDownloadLine />}
        isPending={isPending}
        isDisabled={props.isDisabled}
        onPress={save}
      >
        {t('access.people.export')}
      </Button>
      <ActionAlert error={error} />
    </>
  );
}

function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
