import { useState } from 'react';
import { Alert, Button, TextAreaField } from '@backstage/ui';
import { RiCheckLine, RiCloseLine } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestStepOutcome, RequestSummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { daysText } from '../access/daysText';
import { PersonName } from '../access/PersonName';
import { REASON_LENGTH } from '../access/choices';
import { ActionAlert } from '../components/ActionAlert';
import { Section } from '../components/Section';
import { useOnce } from '../components/useOnce';
import { modelName } from '../format';
import { announceOwnChange } from '../live';
import { llmTranslationRef } from '../translation';
import styles from './BulkBar.module.css';

type Step = 'approve' | 'reject';

/** One decision for many requests, each for the time that it asks for. Each ends by itself: what could not be decided says why. */
export function BulkBar(props: { requests: RequestSummary[]; onDone(): void }) {
  const { requests, onDone } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const [comment, setComment] = useState('');
  const [pending, setPending] = useState<Step>();
  const [error, setError] = useState<Error>();
  const [refused, setRefused] = useState<
    { request: RequestSummary; message: string }[]
  >([]);
  const ids = requests.map(({ id }) => id);
  const said = comment.trim() || undefined;
  const once = useOnce(JSON.stringify([ids, said]));

  const take = async (step: Step) => {
    setPending(step);
    setError(undefined);
    try {
      const outcomes = await api.takeSteps(
        { ids, step, comment: said },
        `${once}-${step}`,
      );
      const failed = refusedOf(outcomes, requests);
      setRefused(failed);
      announceOwnChange();
      if (failed.length === 0) {
        onDone();
      }
    } catch (caught) {
      setError(caught instanceof Error ? caught : new Error(String(caught)));
    }
    setPending(undefined);
  };

  return (
    <Section padded title={t('approvals.bulk.title', { count: ids.length })}>
      <div className={styles.body}>
        {ids.length === 0 && refused.length === 0 && (
          <p>{t('approvals.bulk.none')}</p>
        )}
        <ul className={styles.list}>
          {requests.map(request => (
            <li key={request.id}>
              <PersonName entityRef={request.requester} />
              {', '}
              {modelName(request.model)}
              {', '}
              {daysText(request, t)}
              {': '}
              {request.reason}
            </li>
          ))}
        </ul>
        <ActionAlert error={error} />
        {refused.length > 0 && (
          <Alert
            role="alert"
            status="warning"
            icon
            title={t('approvals.bulk.refused', { count: refused.length })}
            description={refused
              .map(
                ({ request, message }) =>
                  `${modelName(request.model)}: ${message}`,
              )
              .join(' ')}
          />
        )}
        <TextAreaField
          label={t('approvals.bulk.comment')}
          description={t('approvals.bulk.commentHint')}
          maxLength={REASON_LENGTH}
          value={comment}
          onChange={setComment}
        />
        <div className={styles.buttons}>
          <Button
            variant="primary"
            iconStart={<RiCheckLine />}
            data-step="approve"
            isPending={pending === 'approve'}
            isDisabled={ids.length === 0 || pending !== undefined}
            onPress={() => take('approve')}
          >
            {t('approvals.bulk.approve', { count: ids.length })}
          </Button>
          <Button
            variant="secondary"
            destructive
            iconStart={<RiCloseLine />}
            data-step="reject"
            isPending={pending === 'reject'}
            isDisabled={ids.length === 0 || !said || pending !== undefined}
            onPress={() => take('reject')}
          >
            {t('approvals.bulk.reject', { count: ids.length })}
          </Button>
        </div>
      </div>
    </Section>
  );
}

function refusedOf(
  outcomes: RequestStepOutcome[],
  requests: RequestSummary[],
): { request: RequestSummary; message: string }[] {
  return outcomes.flatMap(outcome => {
    const request = requests.find(({ id }) => id === outcome.id);
    return outcome.ok || !request
      ? []
      : [{ request, message: outcome.error.message }];
  });
}
