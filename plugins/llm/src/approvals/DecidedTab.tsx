import { Button } from '@backstage/ui';
import { RiInboxLine } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestSummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { useAccessPerson } from '../access/AccessContext';
import { daysText } from '../access/daysText';
import { Decision } from '../access/Decision';
import { Person, Subject } from '../access/Person';
import { RequestChip } from '../access/RequestChip';
import { TableSkeleton } from '../access/TableSkeleton';
import { ErrorState } from '../components/ErrorState';
import { Section } from '../components/Section';
import { StatePanel } from '../components/StatePanel';
import tableStyles from '../components/table.module.css';
import { modelName } from '../format';
import { LiveIndicator, StaleBanner, useLivePages } from '../live';
import { PageLink, useAccessLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import linkStyles from '../access/ModelLink.module.css';
import styles from './ApprovalsPage.module.css';

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
      count={items?.length}
      aside={<LiveIndicator resource={resource} />}
    >
      <StaleBanner resource={resource} />
      {!items && resource.error && (
        <ErrorState
          error={resource.error}
          title={t('access.errorTitle')}
          retry={resource.refresh}
        />
      )}
      {!items && !resource.error && <TableSkeleton />}
      {items?.length === 0 && (
        <StatePanel
          icon={<RiInboxLine size={16} />}
          title={t('approvals.decidedEmpty')}
        >
          {t('approvals.decidedEmptyText')}
        </StatePanel>
      )}
      {items && items.length > 0 && (
        <table className={tableStyles.table}>
          <caption className={tableStyles.hidden}>
            {t('approvals.decidedTitle')}
          </caption>
          <thead>
            <tr>
              <th scope="col">{t('access.column.model')}</th>
              <th scope="col">{t('access.column.who')}</th>
              <th scope="col" className={tableStyles.wide}>
                {t('access.column.for')}
              </th>
              <th scope="col">{t('access.column.state')}</th>
              <th scope="col">{t('access.column.decided')}</th>
              <th scope="col" className={tableStyles.wide}>
                {t('approvals.why')}
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map(request => (
              <tr key={request.id}>
                <td>
                  <PageLink
                    className={linkStyles.link}
                    to={links.approvals('open', request.id)}
                  >
                    {modelName(request.model)}
                  </PageLink>
                  <div className={tableStyles.small}>
                    {daysText(request, t)}
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
          </tbody>
        </table>
      )}
      {requests.hasMore && (
        <div className={styles.more}>
          <Button size="small" variant="secondary" onPress={requests.loadMore}>
            {t('access.more')}
          </Button>
        </div>
      )}
    </Section>
  );
}
