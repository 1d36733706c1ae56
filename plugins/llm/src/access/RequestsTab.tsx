import { useState } from 'react';
import { Button } from '@backstage/ui';
import { RiInboxLine } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestSummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { Section } from '../components/Section';
import { StatePanel } from '../components/StatePanel';
import tableStyles from '../components/table.module.css';
import { DateTime, formatCount, modelName } from '../format';
import { LiveIndicator, StaleBanner, useLivePages } from '../live';
import { useSearchState } from '../navigation';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { LiveTable } from './LiveTable';
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
  const { memberOf } = useAccessPerson();
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
      count={items && formatCount(items.length, requests.hasMore)}
      aside={<LiveIndicator resource={resource} />}
    >
      <StaleBanner resource={resource} />
      <LiveTable
        resource={resource}
        caption={t('access.requests.title')}
        columns={[
          { title: t('access.column.model') },
          { title: t('access.column.for'), isWide: true },
          { title: t('access.column.state') },
          { title: t('access.column.asked'), isWide: true },
          { title: t('access.column.decided') },
          { title: t('access.column.action'), isHidden: true },
        ]}
        isEmpty={items && items.length === 0}
        empty={
          <StatePanel
            icon={<RiInboxLine size={16} />}
            title={t('access.requests.emptyTitle')}
            actions={
              memberOf.length > 0 && (
                <Button variant="primary" onPress={() => setAsks(true)}>
                  {t('access.requestAccess')}
                </Button>
              )
            }
          >
            {t('access.requests.emptyText')}
          </StatePanel>
        }
        isMiddle
        onMore={requests.hasMore ? requests.loadMore : undefined}
      >
        {items?.map(request => (
          <Row
            key={request.id}
            request={request}
            onAsk={what => setAsked({ what, request })}
            onShow={() => setParams({ request: request.id })}
          />
        ))}
      </LiveTable>
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
        <div className={tableStyles.small}>
          {request.renews && `${t('access.request.renewal')}, `}
          {daysText(request, t)}
        </div>
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
