import { useCallback, useRef, useState } from 'react';
import { Button, VisuallyHidden } from '@backstage/ui';
import { RiBox3Line, RiKeyboardLine } from '@remixicon/react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelList, ModelSummary } from '@slipway/plugin-llm-common';
import { AskForAccess } from '../access/AskForAccess';
import { ErrorState } from '../components/ErrorState';
import { PageHeader } from '../components/PageHeader';
import { TenantNotice } from '../components/TenantNotice';
import { ShortcutsDialog } from '../components/ShortcutsDialog';
import { useShortcuts } from '../components/useShortcuts';
import { LiveIndicator, StaleBanner } from '../live';
import { refusalOf, useStanding } from '../standing';
import { llmTranslationRef } from '../translation';
import { ModelsEmpty } from './ModelsEmpty';
import { ModelsSkeleton } from './ModelsSkeleton';
import { ModelsTable, ModelsTableHandle } from './ModelsTable';
import { ModelsToolbar } from './ModelsToolbar';
import { PhaseFilter } from './PhaseFilter';
import { useModels } from './useModels';
import { useModelsQuery } from './useModelsQuery';
import { usePhaseNews } from './usePhaseNews';
import styles from './ModelsPage.module.css';

/** Which model can I call, and what is my next step? */
export function ModelsPage() {
  const { t } = useTranslationRef(llmTranslationRef);
  const filters = useModelsQuery();
  const { query } = filters;
  const models = useModels(query);
  const { list, rows, resource } = models;
  const { standing } = useStanding();
  const refused = standing && refusalOf(standing);
  const news = usePhaseNews(rows);

  const table = useRef<ModelsTableHandle>(null);
  const search = useRef<HTMLInputElement>(null);
  const [helpOpen, setHelpOpen] = useState(false);
  const [asked, setAsked] = useState<ModelSummary>();
  const shortcuts = useShortcuts({
    '/': () => search.current?.focus(),
    j: () => table.current?.move(1),
    k: () => table.current?.move(-1),
    '?': () => setHelpOpen(true),
  });
  const { setParams } = filters;
  const setSearch = useCallback(
    (value: string) => setParams({ search: value }),
    [setParams],
  );

  const isFiltered = Boolean(
    query.search || query.phases || query.access || query.owner,
  );

  return (
    <>
      <PageHeader
        icon={<RiBox3Line />}
        title={t('models.title')}
        actions={
          <Button
            variant="tertiary"
            size="small"
            iconStart={<RiKeyboardLine />}
            onPress={() => setHelpOpen(true)}
          >
            {t('shortcuts.open')}
          </Button>
        }
      />
      <main className={styles.page}>
        <VisuallyHidden>
          <span role="status">{news}</span>
        </VisuallyHidden>
        <TenantNotice standing={standing} />
        <StaleBanner resource={resource} silentForMs={list?.silentForMs} />
        <div className={styles.card}>
          <ModelsToolbar
            query={query}
            owners={list?.owners ?? ownersOf(rows)}
            searchRef={search}
            onSearch={setSearch}
            onChange={setParams}
            byAccess={!refused}
            aside={
              <LiveIndicator
                resource={resource}
                silentForMs={list?.silentForMs}
              />
            }
          />
          <PhaseFilter
            counts={list?.phaseCounts}
            selected={query.phases?.[0]}
            onSelect={filters.setPhase}
          />
          {models.pending > 0 && (
            <div className={styles.pending}>
              <Button
                size="small"
                variant="secondary"
                onPress={models.showChanges}
              >
                {t('models.changed', { count: models.pending })}
              </Button>
            </div>
          )}
          <div
            className={styles.rows}
            data-outdated={models.isOutdated ? '' : undefined}
            aria-busy={resource.isLoading}
          >
            {!list && resource.error && (
              <ErrorState
                error={resource.error}
                title={t('state.errorTitle')}
                retry={resource.retry}
              />
            )}
            {!list && !resource.error && <ModelsSkeleton />}
            {list && rows.length === 0 && (
              <ModelsEmpty
                query={query}
                list={list}
                onShowAllPhases={() => filters.setPhase(undefined)}
                onClear={filters.clear}
              />
            )}
            {list && rows.length > 0 && (
              <ModelsTable
                ref={table}
                rows={rows}
                totalItems={list.totalItems}
                query={query}
                caption={t(
                  refused || list.refusedItems
                    ? 'models.captionSeen'
                    : 'models.caption',
                )}
                onSort={filters.toggleSort}
                onEndReached={models.loadMore}
                onSight={models.see}
                onAsk={setAsked}
              />
            )}
          </div>
          {list && rows.length > 0 && (
            <div className={styles.footer}>
              <Count
                list={list}
                isFiltered={isFiltered}
                isRefused={Boolean(refused)}
              />
            </div>
          )}
        </div>
        {asked && (
          <AskForAccess
            model={`${asked.namespace}/${asked.name}`}
            onClose={() => setAsked(undefined)}
          />
        )}
        {helpOpen && (
          <ShortcutsDialog
            keys={[
              ['/', t('shortcuts.search')],
              ['j', t('shortcuts.next')],
              ['k', t('shortcuts.previous')],
              ['Enter', t('shortcuts.openRow')],
              ['Esc', t('shortcuts.escape')],
              ['?', t('shortcuts.help')],
            ]}
            enabled={shortcuts.enabled}
            onEnabledChange={shortcuts.setEnabled}
            onClose={() => setHelpOpen(false)}
          />
        )}
      </main>
    </>
  );
}

/** How many models there are, and of how many that promises something. */
function Count(props: {
  list: ModelList;
  isFiltered: boolean;
  /** Whether every call of hers is refused, so that she may use none. */
  isRefused: boolean;
}) {
  const { totalItems, refusedItems = 0 } = props.list;
  const { t } = useTranslationRef(llmTranslationRef);
  if (props.isFiltered || props.isRefused) {
    const key = props.isFiltered
      ? 'models.footerFiltered'
      : 'models.footerSeen';
    return <span>{t(key, { count: totalItems })}</span>;
  }
  return (
    <span>
      {t('models.footer', { count: totalItems - refusedItems })}
      {refusedItems > 0 &&
        `, ${t('models.footerBlocked', { count: refusedItems })}`}
    </span>
  );
}

/** What the owner filter offers while the backend does not say. */
function ownersOf(rows: { owner?: string }[]): string[] {
  return [...new Set(rows.flatMap(row => row.owner ?? []))].sort();
}
