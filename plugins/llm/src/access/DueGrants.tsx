import { useState } from 'react';
import { Alert, Button, Checkbox } from '@backstage/ui';
import { RiCheckDoubleLine, RiCheckLine } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { GrantStepOutcome, GrantSummary } from '@slipway/plugin-llm-common';
import { accessApiRef, GrantQuery } from '../api';
import { ActionAlert } from '../components/ActionAlert';
import { StatePanel } from '../components/StatePanel';
import { useOnce } from '../components/useOnce';
import { modelName, useNow } from '../format';
import { announceOwnChange, StaleBanner, useLivePages } from '../live';
import { llmTranslationRef } from '../translation';
import { DueRow } from './DueRow';
import { EndGrantsDialog } from './EndGrantDialog';
import { LiveTable } from './LiveTable';
import styles from './DueGrants.module.css';

/** The recertification list: grants that an owner is to confirm within two weeks, one by one or many at once. */
export function DueGrants(props: { query: GrantQuery }) {
  const { query } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const now = useNow(60_000);
  const [chosen, setChosen] = useState<string[]>([]);
  const [ending, setEnding] = useState<GrantSummary[]>();
  const [pending, setPending] = useState<string[]>([]);
  const [error, setError] = useState<Error>();
  const [refused, setRefused] = useState<string[]>([]);
  const grants = useLivePages<GrantSummary>({
    key: `grants due ${JSON.stringify(query)}`,
    ask: (page, signal) => api.listGrants({ ...query, ...page }, signal),
  });
  const { items, resource } = grants;
  const mine = (items ?? []).filter(({ myActions }) =>
    myActions.includes('recertify'),
  );
  const selected = mine.filter(({ id }) => chosen.includes(id));
  // A click on what failed before is the same change again; one after a refresh is another.
  const once = useOnce(
    JSON.stringify(mine.map(each => [each.id, each.confirmBy])),
  );

  const keep = async (kept: GrantSummary[]) => {
    const ids = kept.map(({ id }) => id);
    setPending(ids);
    setError(undefined);
    try {
      const outcomes = await api.takeGrantSteps(
        { ids, step: 'recertify' },
        ids.length === 1 ? `${once}-${ids[0]}` : `${once}-${ids.length}`,
      );
      setRefused(refusalsOf(outcomes, kept));
      setChosen(before => before.filter(id => !ids.includes(id)));
    } catch (caught) {
      setError(caught instanceof Error ? caught : new Error(String(caught)));
    }
    setPending([]);
    announceOwnChange();
  };

  return (
    <>
      <StaleBanner resource={resource} />
      <div className={styles.messages}>
        <ActionAlert error={error} />
        {refused.length > 0 && (
          <Alert
            role="alert"
            status="warning"
            icon
            title={t('access.due.refused', { count: refused.length })}
            description={refused.join(' ')}
          />
        )}
      </div>
      {mine.length > 0 && (
        <div
          className={styles.bar}
          role="group"
          aria-label={t('access.due.bulk')}
        >
          <Checkbox
            isSelected={selected.length === mine.length}
            isIndeterminate={
              selected.length > 0 && selected.length < mine.length
            }
            onChange={all => setChosen(all ? mine.map(({ id }) => id) : [])}
          >
            {t('access.due.selectAll')}
          </Checkbox>
          <Button
            size="small"
            variant="primary"
            iconStart={<RiCheckLine />}
            isDisabled={selected.length === 0 || pending.length > 0}
            isPending={pending.length > 1}
            onPress={() => keep(selected)}
          >
            {selected.length === 0
              ? t('access.due.keepSelected')
              : t('access.due.keepMany', { count: selected.length })}
          </Button>
          <Button
            size="small"
            variant="secondary"
            destructive
            isDisabled={selected.length === 0}
            onPress={() => setEnding(selected)}
          >
            {selected.length === 0
              ? t('access.due.endSelected')
              : t('access.due.endMany', { count: selected.length })}
          </Button>
        </div>
      )}
      <LiveTable
        resource={resource}
        caption={t('access.due.title')}
        columns={[
          { title: t('access.due.select'), isHidden: true },
          { title: t('access.column.who') },
          { title: t('access.column.model') },
          { title: t('access.column.tenant'), isWide: true },
          { title: t('access.due.last'), isWide: true },
          { title: t('access.due.by') },
          { title: t('access.column.keys'), isWide: true, isNumber: true },
          { title: t('access.column.action'), isHidden: true },
        ]}
        isEmpty={items && items.length === 0}
        empty={
          <StatePanel
            role="status"
            icon={<RiCheckDoubleLine size={16} />}
            title={t('access.due.emptyTitle')}
          >
            {t('access.due.emptyText')}
          </StatePanel>
        }
        isMiddle
        onMore={grants.hasMore ? grants.loadMore : undefined}
      >
        {items?.map(grant => (
          <DueRow
            key={grant.id}
            grant={grant}
            now={now}
            isSelected={chosen.includes(grant.id)}
            onSelect={isSelected =>
              setChosen(before =>
                isSelected
                  ? [...before, grant.id]
                  : before.filter(id => id !== grant.id),
              )
            }
            isPending={pending.includes(grant.id)}
            onKeep={() => keep([grant])}
            onEnd={() => setEnding([grant])}
          />
        ))}
      </LiveTable>
      {ending && (
        <EndGrantsDialog
          grants={ending}
          onDone={outcomes => {
            setRefused(refusalsOf(outcomes, ending));
            setChosen([]);
            setEnding(undefined);
          }}
          onClose={() => setEnding(undefined)}
        />
      )}
    </>
  );
}

function refusalsOf(
  outcomes: GrantStepOutcome[],
  grants: GrantSummary[],
): string[] {
  return outcomes.flatMap(outcome => {
    const grant = grants.find(({ id }) => id === outcome.id);
    return outcome.ok || !grant
      ? []
      : [`${modelName(grant.model)}: ${outcome.error.message}`];
  });
}
