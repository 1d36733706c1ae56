import { Button, Select } from '@backstage/ui';
import { RiHistoryLine } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { AuditEntry } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { Section } from '../components/Section';
import { StatePanel } from '../components/StatePanel';
import tableStyles from '../components/table.module.css';
import { formatAbsolute, formatMoment, useNow } from '../format';
import { LiveIndicator, StaleBanner, useLivePages } from '../live';
import { useSearchState } from '../navigation';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { AuditActor, AuditDeed } from './AuditWords';
import { LiveTable } from './LiveTable';
import { shortId } from './shortId';
import styles from './AccessPage.module.css';

const ANY = 'any';

/** Who did what, newest first: all of it for admins and auditors, what concerns their tenants for owners. */
export function AuditTab() {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const { tenants, tenantName } = useAccessPerson();
  const now = useNow(60_000);
  const [params, setParams] = useSearchState();
  const tenant = params.get('tenant') ?? undefined;
  const object = params.get('object') ?? undefined;
  const log = useLivePages<AuditEntry>({
    key: `audit ${tenant} ${object}`,
    ask: (page, signal) => api.listAudit({ tenant, object, ...page }, signal),
  });
  const { items, resource } = log;
  const showAll = () => setParams({ tenant: undefined, object: undefined });
  return (
    <Section
      title={t('access.audit.title')}
      note={t('access.audit.note')}
      aside={
        <span className={styles.filters}>
          <LiveIndicator resource={resource} />
          {object && (
            <Button
              size="small"
              variant="secondary"
              onPress={() => setParams({ object: undefined })}
            >
              {t('access.audit.allObjects')}
            </Button>
          )}
          <Select
            size="small"
            aria-label={t('access.column.tenant')}
            icon={
              <span className={styles.name}>{t('access.column.tenant')}</span>
            }
            options={[
              { id: ANY, label: t('models.any') },
              ...tenants.map(({ name, displayName }) => ({
                id: name,
                label: displayName,
              })),
            ]}
            value={tenant ?? ANY}
            onChange={value =>
              setParams({ tenant: value === ANY ? undefined : String(value) })
            }
          />
        </span>
      }
    >
      <StaleBanner resource={resource} />
      <LiveTable
        resource={resource}
        caption={t('access.audit.title')}
        columns={[
          { title: t('access.audit.when') },
          { title: t('access.audit.who') },
          { title: t('access.audit.what') },
          { title: t('access.column.tenant'), isWide: true },
          { title: t('access.audit.object'), isWide: true },
        ]}
        isEmpty={items && items.length === 0}
        empty={
          <StatePanel
            role="status"
            icon={<RiHistoryLine size={16} />}
            title={t('access.audit.emptyTitle')}
            actions={
              (tenant || object) && (
                <Button variant="primary" onPress={showAll}>
                  {t('models.clearFilters')}
                </Button>
              )
            }
          >
            {t('access.audit.emptyText')}
          </StatePanel>
        }
        onMore={log.hasMore ? log.loadMore : undefined}
      >
        {items?.map(entry => (
          <tr key={entry.position}>
            <td className={tableStyles.nowrap}>
              <time dateTime={entry.at} title={formatAbsolute(entry.at)}>
                {formatMoment(entry.at, now)}
              </time>
            </td>
            <td className={tableStyles.nowrap}>
              <AuditActor actor={entry.actor} />
            </td>
            <td className={tableStyles.text}>
              <AuditDeed entry={entry} />
            </td>
            <td className={tableStyles.wide}>
              {entry.tenant ? tenantName(entry.tenant) : '–'}
            </td>
            <td className={tableStyles.wide}>
              <button
                type="button"
                className={styles.id}
                title={entry.objectId}
                aria-label={t('access.audit.onlyThis', { id: entry.objectId })}
                onClick={() => setParams({ object: entry.objectId })}
              >
                {shortId(entry.objectId)}
              </button>
            </td>
          </tr>
        ))}
      </LiveTable>
    </Section>
  );
}
