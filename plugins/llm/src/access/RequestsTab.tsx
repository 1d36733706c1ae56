import { useState } from 'react';
import { Button } from '@backstage/ui';
import { RiInboxLine } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestSummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { ErrorState } from '../components/ErrorState';
import { Section } from '../components/Section';
import { StatePanel } from '../components/StatePanel';
import tableStyles from '../components/table.module.css';
import { DateTime, modelName } from '../format';
import { LiveIndicator, StaleBanner, useLivePages } from '../live';
import { useSearchState } from '../navigation';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { ModelLink } from './ModelLink';
import { daysText } from './daysText';
import { Decision } from './Decision';
import { Subject } from './Person';
import { RequestAccessDialog } from './RequestAccessDialog';
import { RequestChip } from './RequestChip';
import {
  AnswerDialog,
  RequestDetailDialog,
  WithdrawDialog,
} from './RequestDialogs';
import { TableSkeleton } from './TableSkeleton';
import styles from './AccessPage.module.css';

type Asked = 'answer' | 'withdraw';

const dialogs = {
  answer: AnswerDialog,
  withdraw: WithdrawDialog,
};

/** Everything I asked for, and what came of it. */
export function RequestsTab() {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const [asks, setAsks] = useState(false);
  const [asked, setAsked] = useState<{
    what: Asked;
    request: RequestSummary;
  }>();
  const requests = useLivePages<RequestSummary>({
    key: 'requests mine',
    ask: (page, signal) => api.listRequests({ scope: 'mine', ...page }, signal),
  });
  const { items, resource } = requests;
  // A notification or an agent links to one of them.
  const [params, setParams] = useSearchState();
  const shown = params.get('request');
  const Dialog = asked && dialogs[asked.what];
  return (
    <Section
      title={t('access.requests.title')}
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
          title={t('access.requests.emptyTitle')}
          actions={
            <Button variant="primary" onPress={() => setAsks(true)}>
              {t('access.requestAccess')}
            </Button>
          }
        >
          {t('access.requests.emptyText')}
        </StatePanel>
      )}
      {items && items.length > 0 && (
        <table className={`${tableStyles.table} ${styles.table}`}>
          <caption className={tableStyles.hidden}>
            {t('access.requests.title')}
          </caption>
          <thead>
            <tr>
              <th scope="col">{t('access.column.model')}</th>
              <th scope="col" className={tableStyles.wide}>
                {t('access.column.for')}
              </th>
              <th scope="col">{t('access.column.state')}</th>
              <th scope="col" className={tableStyles.wide}>
                {t('access.column.asked')}
              </th>
              <th scope="col">{t('access.column.decided')}</th>
              <th scope="col">
                <span className={tableStyles.hidden}>
                  {t('access.column.action')}
                </span>
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map(request => (
              <Row
                key={request.id}
                request={request}
                onAsk={what => setAsked({ what, request })}
                onShow={() => setParams({ request: request.id })}
              />
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
      {shown && (
        <RequestDetailDialog
          id={shown}
          onClose={() => setParams({ request: undefined })}
        />
      )}
      {asks && <RequestAccessDialog onClose={() => setAsks(false)} />}
      {asked && Dialog && (
        <Dialog request={asked.request} onClose={() => setAsked(undefined)} />
      )}
    </Section>
  );
}

function Row(props: {
  request: RequestSummary;
  onAsk(what: Asked): void;
  onShow(): void;
}) {
  const { request, onAsk } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { tenantName } = useAccessPerson();
  const steps = (['answer', 'withdraw'] as const).filter(step =>
    request.mySteps.includes(step),
  );
  const name = modelName(request.model);
  return (
    <tr>
      <td>
        <ModelLink model={request.model} modelId={request.modelId} />
        <div className={tableStyles.small}>{daysText(request, t)}</div>
      </td>
      <td className={tableStyles.wide}>
        {tenantName(request.tenant)}
        <div className={tableStyles.small}>
          <Subject subject={request.subject} />
        </div>
      </td>
      <td>
        <RequestChip request={request} />
      </td>
      <td className={`${tableStyles.wide} ${tableStyles.nowrap}`}>
        <DateTime iso={request.createdAt} />
      </td>
      <td>
        <Decision request={request} />
      </td>
      <td>
        <div className={styles.actions}>
          {steps.map(step => (
            <Button
              key={step}
              size="small"
              variant={step === 'answer' ? 'primary' : 'secondary'}
              aria-label={t(`access.request.${step}Of`, { name })}
              onPress={() => onAsk(step)}
            >
              {t(`access.request.${step}`)}
            </Button>
          ))}
          <Button
            size="small"
            variant="secondary"
            aria-label={t('access.request.detailsOf', { name })}
            onPress={props.onShow}
          >
            {t('access.request.details')}
          </Button>
        </div>
      </td>
    </tr>
  );
}
