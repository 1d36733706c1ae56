import { useEffect, useRef } from 'react';
import { ButtonLink } from '@backstage/ui';
import { RiChat3Line, RiLoopRightLine } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestDetail } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { useAccessPerson } from '../access/AccessContext';
import { Comments } from '../access/Comments';
import { HistoryButton } from '../access/HistoryDialog';
import { NewModel } from '../access/NewModel';
import { ModelLink } from '../access/ModelLink';
import { Person, Subject } from '../access/Person';
import { RequestChip } from '../access/RequestChip';
import { TableSkeleton } from '../access/TableSkeleton';
import { ErrorState } from '../components/ErrorState';
import {
  DateTime,
  formatAge,
  formatDateIn,
  formatDuration,
  modelName,
  useNow,
} from '../format';
import { StaleBanner, useLiveResource } from '../live';
import { useAccessLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import { Consequences, NewModelConsequences } from './Consequences';
import { DecisionBar } from './DecisionBar';
import styles from './RequestDetailCard.module.css';

/** One request: who asks and why, what a yes means, and the decision. */
export function RequestDetailCard(props: {
  id: string;
  /** The request to go on with after this one. */
  next?: string;
  /** It took the place of one that she decided on. */
  isNext?: boolean;
  /** After a decision of hers that ends the request. */
  onDecided?(): void;
}) {
  const { isNext = false } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const resource = useLiveResource<RequestDetail>({
    key: `request ${props.id}`,
    load: (_previous, signal) => api.getRequest(props.id, signal),
  });
  const request = resource.value;
  if (!request) {
    return (
      <div className={styles.card}>
        {resource.error ? (
          <ErrorState
            error={resource.error}
            title={t('access.errorTitle')}
            retry={resource.retry}
          />
        ) : (
          <TableSkeleton />
        )}
      </div>
    );
  }
  const decides = request.mySteps.includes('approve');
  return (
    <article className={styles.card} aria-labelledby="request-title">
      <StaleBanner resource={resource} />
      <Head request={request} isNext={isNext} />
      {request.kind !== 'new-model' && <Consequences request={request} />}
      {request.kind === 'new-model' && (
        <NewModelConsequences request={request} />
      )}
      {decides ? (
        <DecisionBar
          request={request}
          isNext={isNext}
          onDecided={props.onDecided}
        />
      ) : (
        <Outcome request={request} next={props.next} />
      )}
    </article>
  );
}

function Head(props: { request: RequestDetail; isNext: boolean }) {
  const { request, isNext } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { tenantName } = useAccessPerson();
  const now = useNow(60_000);
  const { subject, requester } = request;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isNext) {
      heading.current?.focus();
    }
  }, [isNext]);
  const isForOther = subject.kind !== 'user' || subject.ref !== requester;
  return (
    <div className={styles.head}>
      <div className={styles.title}>
        <h2 id="request-title" ref={heading} tabIndex={-1}>
          {t(
            request.kind === 'new-model'
              ? 'approvals.asksForNew'
              : 'approvals.asksFor',
            { tenant: tenantName(request.tenant) },
          )}{' '}
          <ModelLink model={request.model} modelId={request.modelId} />
        </h2>
        <span className={styles.chips}>
          <RequestChip request={request} />
          <HistoryButton object={request.id} name={modelName(request.model)} />
        </span>
      </div>
      <p className={styles.meta}>
        {isForOther && (
          <>
            {t('approvals.forWhom')} <Subject subject={request.subject} />
            {', '}
          </>
        )}
        {t('approvals.askedBy')} <Person entityRef={request.requester} />{' '}
        {t('access.keys.usedAgo', {
          ago: formatAge(now - Date.parse(request.createdAt)),
        })}
        {request.state === 'pending' &&
          request.kind !== 'new-model' &&
          t('approvals.until', {
            date: formatDateIn(request.days, now),
            days: String(request.days),
          })}
        {request.state === 'pending' &&
          t('approvals.due', {
            left: formatDuration(Date.parse(request.expiresAt) - now),
          })}
      </p>
      <Renewal request={request} />
      <div className={styles.why}>
        <RiChat3Line size={16} aria-hidden="true" />
        <div>
          <h3>{t('approvals.why')}</h3>
          <blockquote>{request.reason}</blockquote>
          {request.expectedLoad && (
            <p className={styles.load}>
              {t('approvals.load')} {request.expectedLoad}
            </p>
          )}
        </div>
      </div>
      <NewModel request={request} />
      <Comments comments={request.comments} />
    </div>
  );
}

/** Which grant a yes prolongs. */
function Renewal(props: { request: RequestDetail }) {
  const { renews, consequences } = props.request;
  const { t } = useTranslationRef(llmTranslationRef);
  if (!renews) {
    return null;
  }
  const { renewed } = consequences;
  return (
    <p className={styles.renewal} title={renews}>
      <RiLoopRightLine size={16} aria-hidden="true" />
      <span>
        {renewed ? (
          <>
            {t('approvals.renews')} <DateTime iso={renewed.expiresAt} />
            {', '}
            {t('approvals.renewsKeys', { count: renewed.keys })}
          </>
        ) : (
          t('approvals.renewsEnded')
        )}
      </span>
      <HistoryButton object={renews} name={t('approvals.renewedGrant')} />
    </p>
  );
}

/** What was decided, by whom: also what the second of two who decide at once sees. */
function Outcome(props: { request: RequestDetail; next?: string }) {
  const { request, next } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useAccessLinks();
  const { decidedBy, decidedAt } = request;
  return (
    <div className={styles.outcome} role="status">
      <RequestChip request={request} />
      <span>
        {request.state === 'pending' && t('approvals.notYours')}
        {decidedBy && (
          <>
            {decidedBy.startsWith('rule:') ? (
              <>
                {t('access.byRule')} <code>{decidedBy.slice(5)}</code>
              </>
            ) : (
              <>
                {t('approvals.by')} <Person entityRef={decidedBy} />
              </>
            )}
            {decidedAt && (
              <>
                {', '}
                <DateTime iso={decidedAt} />
              </>
            )}
          </>
        )}
      </span>
      {next && (
        <ButtonLink
          size="small"
          variant="secondary"
          href={links.approvals('open', next)}
        >
          {t('approvals.next')}
        </ButtonLink>
      )}
    </div>
  );
}
