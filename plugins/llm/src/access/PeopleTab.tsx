import { useEffect, useState } from 'react';
import { Button } from '@backstage/ui';
import {
  RiAddLine,
  RiDownloadLine,
  RiFilter3Line,
  RiGroupLine,
} from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { GrantSummary } from '@slipway/plugin-llm-common';
import { accessApiRef, GrantQuery, StandingQuery } from '../api';
import { ActionAlert } from '../components/ActionAlert';
import { Section } from '../components/Section';
import { StatePanel } from '../components/StatePanel';
import { useNow } from '../format';
import { StaleBanner, useLivePages } from '../live';
import { useSearchState } from '../navigation';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { EndGrantDialog } from './EndGrantDialog';
import { ExtendDialog, RecertifyDialog } from './OwnerDialogs';
import { LiveTable } from './LiveTable';
import { DueGrants } from './DueGrants';
import { DueNotice } from './DueNotice';
import { GiveAccessDialog } from './GiveAccessDialog';
import { PeopleFilters } from './PeopleFilters';
import { OwnerAction, PeopleRow } from './PeopleRow';
import { PeopleChoice, stateOf } from './StateFilter';

/** Who has access to what I own: for owners of models and tenants, admins and auditors. */
export function PeopleTab() {
  const { t } = useTranslationRef(llmTranslationRef);
  const { may, ownsModel } = useAccessPerson();
  const [params, setParams] = useSearchState();
  const [gives, setGives] = useState(false);
  const [models, setModels] = useState<string[]>([]);
  const choice = choiceOf(params.get('state'));
  const query: StandingQuery = {
    scope: may.seeAll || may.manageAll ? 'all' : 'owned',
    model: params.get('model') ?? undefined,
    tenant: params.get('tenant') ?? undefined,
  };
  const due: GrantQuery = {
    ...query,
    scope: may.manageAll ? 'all' : 'owned',
    due: true,
  };
  const mayGive = may.approve && (ownsModel || may.manageAll);
  return (
    <Section
      title={t('access.people.title')}
      note={t(
        query.scope === 'all' ? 'access.people.all' : 'access.people.owned',
      )}
      aside={
        mayGive && (
          <Button
            size="small"
            variant="secondary"
            iconStart={<RiAddLine />}
            onPress={() => setGives(true)}
          >
            {t('access.give.open')}
          </Button>
        )
      }
    >
      {may.approve && choice !== 'due' && (
        <DueNotice query={due} onShow={() => setParams({ state: 'due' })} />
      )}
      <PeopleFilters
        query={query}
        choice={choice}
        confirms={may.approve}
        models={models}
        onChange={setParams}
        aside={<Export query={query} />}
      />
      {choice === 'due' ? (
        <DueGrants query={due} />
      ) : (
        <Everybody
          query={{ ...query, state: stateOf(choice) }}
          onModels={setModels}
          onClear={() => setParams({ model: undefined, tenant: undefined })}
        />
      )}
      {gives && <GiveAccessDialog onClose={() => setGives(false)} />}
    </Section>
  );
}

function Everybody(props: {
  query: StandingQuery;
  /** Which models the rows are about. */
  onModels(models: string[]): void;
  onClear(): void;
}) {
  const { query, onModels, onClear } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const now = useNow(60_000);
  const [asked, setAsked] = useState<{
    what: OwnerAction;
    grant: GrantSummary;
  }>();
  const grants = useLivePages<GrantSummary>({
    key: `grants ${JSON.stringify(query)}`,
    ask: (page, signal) => api.listGrants({ ...query, ...page }, signal),
  });
  const { items, resource } = grants;
  const isFiltered = Boolean(query.model || query.tenant);
  const models = [...new Set(items?.map(({ model }) => model))].join(' ');
  useEffect(
    () => onModels(models.split(' ').filter(Boolean)),
    [models, onModels],
  );
  const close = () => setAsked(undefined);
  return (
    <>
      <StaleBanner resource={resource} />
      <LiveTable
        resource={resource}
        caption={t('access.people.title')}
        columns={[
          { title: t('access.column.who') },
          { title: t('access.column.model') },
          { title: t('access.column.tenant'), isWide: true },
          { title: t('access.column.state') },
          { title: t('access.column.until'), isWide: true },
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
                <Button variant="primary" onPress={onClear}>
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
          <PeopleRow
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
    </>
  );
}

function choiceOf(text: string | null): PeopleChoice {
  return text === 'ended' || text === 'all' || text === 'due' ? text : 'active';
}

/** Hands out all grants of the chosen model and tenant, in whatever state, as a file, fetched with the person's own session. */
function Export(props: { query: StandingQuery }) {
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
