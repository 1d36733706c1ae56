import { Button, ButtonLink } from '@backstage/ui';
import { RiBox3Line, RiFilter3Line } from '@remixicon/react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelList, ModelQuery } from '@slipway/plugin-llm-common';
import { StatePanel } from '../components/StatePanel';
import { ownerName } from '../format';
import { llmTranslationRef } from '../translation';

/** No rows: because there are none at all, or because of the filters. Never the same words for both. */
export function ModelsEmpty(props: {
  query: ModelQuery;
  list: ModelList;
  onShowAllPhases(): void;
  onClear(): void;
}) {
  const { query, list } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const filters = [
    query.search && `“${query.search}”`,
    ...(query.phases ?? []).map(phase => t(`phase.${phase}`)),
    query.owner && ownerName(query.owner),
    query.access &&
      t(
        query.access === 'open'
          ? 'models.accessOpen'
          : 'models.accessOnRequest',
      ),
  ].filter(Boolean);
  if (filters.length === 0) {
    return (
      <StatePanel
        icon={<RiBox3Line size={16} />}
        title={t('models.emptyTitle')}
        actions={
          <ButtonLink variant="primary" href="/docs">
            {t('models.emptyDocs')}
          </ButtonLink>
        }
      >
        {t('models.emptyText')}
      </StatePanel>
    );
  }
  const inOtherPhases = Object.values(list.phaseCounts).reduce(
    (sum, count) => sum + count,
    0,
  );
  const helps = Boolean(query.phases) && inOtherPhases > 0;
  return (
    <StatePanel
      role="status"
      icon={<RiFilter3Line size={16} />}
      title={t('models.filteredTitle', { filters: filters.join(', ') })}
      actions={
        <>
          {helps && (
            <Button variant="primary" onPress={props.onShowAllPhases}>
              {t('models.showAllPhases')}
            </Button>
          )}
          <Button
            variant={helps ? 'secondary' : 'primary'}
            onPress={props.onClear}
          >
            {t('models.clearFilters')}
          </Button>
        </>
      }
    >
      {t('models.filteredText', { count: filters.length })}{' '}
      {helps && t('models.filteredOther', { count: inOtherPhases })}
    </StatePanel>
  );
}
