import { useState } from 'react';
import {
  Alert,
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  TextAreaField,
} from '@backstage/ui';
import useAsync from 'react-use/esm/useAsync';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestSummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { ActionDialog } from '../components/ActionDialog';
import { messageOf } from '../components/ErrorState';
import { formatDate, modelName } from '../format';
import { llmTranslationRef } from '../translation';
import { REASON_LENGTH } from './choices';
import { Comments } from './Comments';
import { daysText } from './daysText';
import { HistoryButton } from './HistoryDialog';
import { NewModel } from './NewModel';
import { RequestChip } from './RequestChip';
import styles from './RequestDialogs.module.css';

/** Takes a request back. */
export function WithdrawDialog(props: {
  request: RequestSummary;
  onClose(): void;
}) {
  const { request, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  return (
    <ActionDialog
      title={t('access.request.withdrawTitle', {
        name: modelName(request.model),
      })}
      action={t('access.request.withdrawAction')}
      leave={t('access.request.keep')}
      destructive
      content={request.id}
      run={once => api.takeStep(request.id, { step: 'withdraw' }, once)}
      onClose={onClose}
    >
      <p>{t('access.request.withdrawText')}</p>
    </ActionDialog>
  );
}

/** Answers what an approver asked back. */
export function AnswerDialog(props: {
  request: RequestSummary;
  onClose(): void;
}) {
  const { request, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const [answer, setAnswer] = useState('');
  const { value: detail, error } = useAsync(
    () => api.getRequest(request.id),
    [api, request.id],
  );
  const comment = answer.trim();
  return (
    <ActionDialog
      title={t('access.request.answerTitle', {
        name: modelName(request.model),
      })}
      action={t('access.request.answerAction')}
      isDisabled={comment === ''}
      content={JSON.stringify([request.id, comment])}
      run={once => api.takeStep(request.id, { step: 'answer', comment }, once)}
      onClose={onClose}
    >
      {error && (
        <Alert
          role="alert"
          status="danger"
          icon
          title={t('access.request.questionFailed')}
          description={messageOf(error)}
        />
      )}
      {detail && <Comments comments={detail.comments} />}
      <TextAreaField
        label={t('access.request.yourAnswer')}
        isRequired
        maxLength={REASON_LENGTH}
        value={answer}
        onChange={setAnswer}
      />
    </ActionDialog>
  );
}

/** What was asked and what was said about it. */
export function RequestDetailDialog(props: { id: string; onClose(): void }) {
  const { id, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const { value: request, error } = useAsync(
    () => api.getRequest(id),
    [api, id],
  );
  return (
    <Dialog
      isOpen
      width="min(560px, 92vw)"
      onOpenChange={open => !open && onClose()}
    >
      <DialogHeader>
        {request
          ? t('access.request.detailsTitle', {
              name: modelName(request.model),
            })
          : t('access.request.details')}
      </DialogHeader>
      <DialogBody>
        {error && <p role="alert">{messageOf(error)}</p>}
        {!error && !request && <p role="status">{t('state.loading')}</p>}
        {request && (
          <div className={styles.detail}>
            <span>
              <RequestChip request={request} />
            </span>
            <dl className={styles.facts}>
              <dt>{t('access.ask.reason')}</dt>
              <dd>{request.reason}</dd>
              {request.expectedLoad && (
                <>
                  <dt>{t('access.ask.load')}</dt>
                  <dd>{request.expectedLoad}</dd>
                </>
              )}
              {request.kind !== 'new-model' && (
                <>
                  <dt>{t('access.request.howLong')}</dt>
                  <dd>{daysText(request, t)}</dd>
                </>
              )}
              {request.renews && (
                <>
                  <dt>{t('access.request.renews')}</dt>
                  <dd title={request.renews}>
                    {request.consequences.renewed
                      ? t('access.request.renewsUntil', {
                          date: formatDate(
                            request.consequences.renewed.expiresAt,
                          ),
                        })
                      : t('access.request.renewsEnded')}
                  </dd>
                </>
              )}
              <dt>{t('access.request.id')}</dt>
              <dd>
                <code>{request.id}</code>{' '}
                <HistoryButton
                  object={request.id}
                  name={modelName(request.model)}
                />
              </dd>
            </dl>
            <NewModel request={request} />
            <Comments comments={request.comments} />
          </div>
        )}
      </DialogBody>
      <DialogFooter>
        <Button variant="secondary" slot="close">
          {t('access.made.close')}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
