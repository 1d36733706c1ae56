import { useEffect, useRef, useState } from 'react';
import { Button, TextAreaField } from '@backstage/ui';
import { RiChat3Line, RiCheckLine, RiCloseLine } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestDetail } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { useNames } from '../access/useNames';
import { grantDays, REASON_LENGTH } from '../access/choices';
import { DaysSelect } from '../components/DaysSelect';
import { ActionAlert } from '../components/ActionAlert';
import { useOnce } from '../components/useOnce';
import { announceOwnChange } from '../live';
import { llmTranslationRef } from '../translation';
import styles from './DecisionBar.module.css';

type Step = 'approve' | 'ask-back' | 'reject';

/** A press so soon was meant for the request that stood here before. */
const TOO_SOON_MS = 700;

/** The decision: for how long, with which words. A no and a question need a comment, because somebody reads them. */
export function DecisionBar(props: {
  request: RequestDetail;
  /** It took the place of one that she decided on. */
  isNext: boolean;
  /** After an approval or a refusal. */
  onDecided?(): void;
}) {
  const { request, isNext, onDecided } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const [days, setDays] = useState(request.days);
  const [comment, setComment] = useState('');
  const [needsComment, setNeedsComment] = useState(false);
  const [pending, setPending] = useState<Step>();
  const [error, setError] = useState<Error>();
  const isTooSoon = useTooSoon(isNext);
  const field = useRef<HTMLDivElement>(null);
  const once = useOnce(JSON.stringify([request.id, days, comment]));
  const said = comment.trim() || undefined;
  const name = useNames([request.requester])(request.requester);

  const take = async (step: Step) => {
    if (step !== 'approve' && !said) {
      setNeedsComment(true);
      field.current?.querySelector('textarea')?.focus();
      return;
    }
    setPending(step);
    setError(undefined);
    try {
      await api.takeStep(
        request.id,
        {
          step,
          comment: said,
          days: step === 'approve' && days !== request.days ? days : undefined,
        },
        `${once}-${step}`,
      );
      setComment('');
      if (step !== 'ask-back') {
        onDecided?.();
      }
    } catch (caught) {
      setError(caught instanceof Error ? caught : new Error(String(caught)));
    }
    setPending(undefined);
    // Also after a refusal: somebody else may have decided meanwhile, and then that is what has to be seen.
    announceOwnChange();
  };

  return (
    <div className={styles.bar}>
      <ActionAlert error={error} />
      {request.kind !== 'new-model' && (
        <div className={styles.days}>
          <DaysSelect
            label={t('approvals.for')}
            days={daysUpTo(request.days)}
            value={days}
            onChange={setDays}
          />
        </div>
      )}
      <div ref={field}>
        <TextAreaField
          label={t('approvals.comment', { name })}
          description={t('approvals.commentHint')}
          maxLength={REASON_LENGTH}
          isInvalid={needsComment && !said}
          value={comment}
          onChange={setComment}
        />
        {needsComment && !said && (
          <p role="alert" className={styles.missing}>
            {t('approvals.commentMissing', { name })}
          </p>
        )}
      </div>
      <div className={styles.buttons}>
        <Button
          variant="primary"
          iconStart={<RiCheckLine />}
          data-step="approve"
          isPending={pending === 'approve'}
          isDisabled={pending !== undefined || isTooSoon}
          onPress={() => take('approve')}
        >
          {t('approvals.approve')}
        </Button>
        <Button
          variant="secondary"
          iconStart={<RiChat3Line />}
          data-step="ask-back"
          isPending={pending === 'ask-back'}
          isDisabled={pending !== undefined || isTooSoon}
          onPress={() => take('ask-back')}
        >
          {t('approvals.askBack')}
        </Button>
        <Button
          variant="secondary"
          destructive
          iconStart={<RiCloseLine />}
          data-step="reject"
          isPending={pending === 'reject'}
          isDisabled={pending !== undefined || isTooSoon}
          onPress={() => take('reject')}
        >
          {t('approvals.reject')}
        </Button>
        <span className={styles.note}>{t('approvals.audited')}</span>
      </div>
    </div>
  );
}

/** Choices up to what was asked for: an approval may give less, never more. */
function daysUpTo(asked: number): number[] {
  return [...grantDays.filter(each => each < asked), asked];
}

/** True for a moment, so that the second half of a double click decides nothing. */
function useTooSoon(applies: boolean): boolean {
  const [isTooSoon, setTooSoon] = useState(applies);
  useEffect(() => {
    const timer = setTimeout(() => setTooSoon(false), TOO_SOON_MS);
    return () => clearTimeout(timer);
  }, []);
  return isTooSoon;
}
