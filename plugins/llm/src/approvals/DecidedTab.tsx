import { RiInboxLine } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestSummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { useAccessPerson } from '../access/AccessContext';
import { Decision } from '../access/Decision';
import { Person, Subject } from '../access/Person';
import { RequestChip } from '../access/RequestChip';
import { LiveTable } from '../access/LiveTable';
import { Section } from '../components/Section';
import { StatePanel } from '../components/StatePanel';
import tableStyles from '../components/table.module.css';
import { formatCount, modelName } from '../format';
import { LiveIndicator, StaleBanner, useLivePages } from '../live';
import { PageLink, useAccessLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import linkStyles from '../access/ModelLink.module.css';

/** What was decided about what I own, by whom. */
export function DecidedTab() {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const links = useAccessLinks();
  const { tenantName } = useAccessPerson();
  const requests = useLivePages<RequestSummary>({
    key: 'requests decided',
    ask: (page, signal) =>
      api.listRequests({ scope: 'decided', ...page }, signal),
  });
  const { items, resource } = requests;
  return (
    <Section
      title={t('approvals.decidedTitle')}
      count={items && formatCount(items.length, requests.hasMore)}
      aside={<LiveIndicator resource={resource} />}
    >
      <StaleBanner resource={resource} />
      <LiveTable
        resource={resource}
        caption={t('approvals.decidedTitle')}
        columns={[
          { title: t('access.column.model') },
          { title: t('access.column.who') },
          { title: t('access.column.for'), isWide: true },
          { title: t('access.column.state') },
          { title: t('access.column.decided') },
          { title: t('approvals.why'), isWide: true },
        ]}
        isEmpty={items && items.length === 0}
        empty={
          <StatePanel
            icon={<RiInboxLine size={16} />}
            title={t('approvals.decidedEmpty')}
          >
            {t('approvals.decidedEmptyText')}
          </StatePanel>
        }
        onMore={requests.hasMore ? requests.loadMore : undefined}
      >
        {items?.map(request => (
          <tr key={request.id}>
            <td>
              <PageLink
                className={linkStyles.link}
                to={links.approvals('open', request.id)}
              >
                {modelName(request.model)}
              </PageLink>
              <div className={tableStyles.small}>
                {request.kind === 'new-model'
                  ? t('access.newModel.title')
                  : t('approvals.askedDays', { days: String(request.days) })}
              </div>
            </td>
            <td>
              <Person entityRef={request.requester} />
              <div className={tableStyles.small}>
                {tenantName(request.tenant)}
              </div>
            </td>
            <td className={tableStyles.wide}>
              <Subject subject={request.subject} />
            </td>
            <td>
              <RequestChip request={request} />
            </td>
            <td>
              <Decision request={request} />
            </td>
            <td className={`${tableStyles.wide} ${tableStyles.text}`}>
              {request.reason}
            </td>
          </tr>
        ))}
      </LiveTable>
    </Section>
  );
}
