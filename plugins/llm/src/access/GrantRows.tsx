import { Button } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { GrantSummary, RequestSummary } from '@slipway/plugin-llm-common';
import tableStyles from '../components/table.module.css';
import { DateTime, formatAge, formatLeft, modelName } from '../format';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { daysText } from './daysText';
import { HistoryButton } from './HistoryDialog';
import { ModelLink } from './ModelLink';
import { Person, Subject } from './Person';
import { RequestChip } from './RequestChip';
import { endsSoon } from './standingChip';
import { StandingCell } from './StandingCell';
import styles from './AccessPage.module.css';

/** A grant of mine. */
export function GrantRow(props: {
  grant: GrantSummary;
  now: number;
  onAction(what: 'renew' | 'end'): void;
}) {
  const { grant, now, onAction } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { tenantName } = useAccessPerson();
  const name = modelName(grant.model);
  const renews = grant.myActions.includes('renew');
  const isSoon =
    grant.standing.state === 'valid' && endsSoon(grant.expiresAt, now);
  return (
    <tr>
      <td>
        <ModelLink model={grant.model} modelId={grant.modelId} />
        {grant.modelId && (
          <div className={tableStyles.small}>{grant.modelId}</div>
        )}
      </td>
      <td className={tableStyles.wide}>
        {tenantName(grant.tenant)}
        {grant.subject.kind !== 'user' && (
          <div className={tableStyles.small}>
            <Subject subject={grant.subject} />
          </div>
        )}
      </td>
      <td>
        <StandingCell of={grant} now={now} />
      </td>
      <td className={tableStyles.wide}>
        <WhyGranted grant={grant} />
      </td>
      <td className={tableStyles.nowrap}>
        <DateTime iso={grant.expiresAt} />
      </td>
      <td className={tableStyles.number}>{grant.keys}</td>
      <td>
        <div className={styles.actions}>
          {renews && (
            <Button
              size="small"
              variant={isSoon ? 'primary' : 'secondary'}
              aria-label={t('access.grants.renewOf', { name })}
              onPress={() => onAction('renew')}
            >
              {t('access.grants.renew')}
            </Button>
          )}
          {grant.myActions.includes('revoke') && !(renews && isSoon) && (
            <Button
              size="small"
              variant="secondary"
              aria-label={t('access.grants.endOf', { name })}
              onPress={() => onAction('end')}
            >
              {t('access.grants.end')}
            </Button>
          )}
          <HistoryButton object={grant.id} name={name} />
        </div>
      </td>
    </tr>
  );
}

/** Who gave it and when: by a decision on a request, by a rule, or unasked. */
export function WhyGranted(props: { grant: GrantSummary }) {
  const { grantedBy, requestId, createdAt } = props.grant;
  const { t } = useTranslationRef(llmTranslationRef);
  if (grantedBy.startsWith('rule:')) {
    return (
      <>
        {t('access.approvedByRule')} <code>{grantedBy.slice(5)}</code>
      </>
    );
  }
  return (
    <>
      {t(requestId ? 'access.approvedBy' : 'access.givenBy')}{' '}
      <Person entityRef={grantedBy} /> {t('access.on')}{' '}
      <DateTime iso={createdAt} />
    </>
  );
}

/** A request of mine that is not decided yet. */
export function RequestRow(props: {
  request: RequestSummary;
  now: number;
  onStep(what: 'withdraw' | 'answer'): void;
}) {
  const { request, now, onStep } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { tenantName } = useAccessPerson();
  const name = modelName(request.model);
  return (
    <tr>
      <td>
        <ModelLink model={request.model} modelId={request.modelId} />
        {request.modelId && (
          <div className={tableStyles.small}>{request.modelId}</div>
        )}
      </td>
      <td className={tableStyles.wide}>
        {tenantName(request.tenant)}
        {request.subject.kind !== 'user' && (
          <div className={tableStyles.small}>
            <Subject subject={request.subject} />
          </div>
        )}
      </td>
      <td>
        <RequestChip request={request} />
        {request.renews && (
          <div className={tableStyles.small}>{t('access.request.renewal')}</div>
        )}
      </td>
      <td className={tableStyles.wide}>
        {t('access.request.waits', {
          ago: formatAge(now - Date.parse(request.createdAt)),
          left: formatLeft(Date.parse(request.expiresAt) - now),
        })}
      </td>
      <td className={tableStyles.nowrap}>{daysText(request, t)}</td>
      <td className={tableStyles.number}>–</td>
      <td>
        <div className={styles.actions}>
          {request.mySteps.includes('answer') && (
            <Button
              size="small"
              variant="primary"
              aria-label={t('access.request.answerOf', { name })}
              onPress={() => onStep('answer')}
            >
              {t('access.request.answer')}
            </Button>
          )}
          {request.mySteps.includes('withdraw') && (
            <Button
              size="small"
              variant="secondary"
              aria-label={t('access.request.withdrawOf', { name })}
              onPress={() => onStep('withdraw')}
            >
              {t('access.request.withdraw')}
            </Button>
          )}
        </div>
      </td>
    </tr>
  );
}
