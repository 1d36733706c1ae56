import { useState } from 'react';
import { TextField } from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { GrantStepOutcome, GrantSummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { ActionDialog } from '../components/ActionDialog';
import { modelName } from '../format';
import { llmTranslationRef } from '../translation';
import { REASON_LENGTH } from './choices';

/** Ends a grant before its time: one's own, or as an owner somebody else's. */
export function EndGrantDialog(props: {
  grant: GrantSummary;
  /** Whether it is the person's own. */
  mine?: boolean;
  onClose(): void;
}) {
  const { grant, mine, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const [comment, setComment] = useState('');
  const said = comment.trim() || undefined;
  return (
    <ActionDialog
      title={t('access.grants.endTitle', { name: modelName(grant.model) })}
      action={t('access.grants.endAction')}
      leave={t('access.grants.keep')}
      destructive
      content={JSON.stringify([grant.id, said])}
      run={once => api.revokeGrant(grant.id, said, once)}
      onClose={onClose}
    >
      <p>
        {grant.keys > 0
          ? t('access.grants.endKeys', { count: grant.keys })
          : t('access.grants.endNoKeys')}{' '}
        {t('access.grants.endForGood')}
      </p>
      {!mine && (
        <TextField
          label={t('access.grants.endComment')}
          maxLength={REASON_LENGTH}
          value={comment}
          onChange={setComment}
        />
      )}
    </ActionDialog>
  );
}

/** Ends some grants of others at once, with one reason for all; each ends by itself. */
export function EndGrantsDialog(props: {
  grants: GrantSummary[];
  onDone(outcomes: GrantStepOutcome[]): void;
  onClose(): void;
}) {
  const { grants, onDone, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const [comment, setComment] = useState('');
  const said = comment.trim() || undefined;
  const ids = grants.map(({ id }) => id);
  const keys = grants.reduce((sum, grant) => sum + grant.keys, 0);
  return (
    <ActionDialog
      title={t('access.due.endTitle', { count: grants.length })}
      action={t('access.due.endAction', { count: grants.length })}
      leave={t('access.due.leave')}
      destructive
      content={JSON.stringify([ids, said])}
      run={async once =>
        onDone(
          await api.takeGrantSteps(
            { ids, step: 'revoke', comment: said },
            once,
          ),
        )
      }
      onDone={() => {}}
      onClose={onClose}
    >
      <p>
        {keys > 0
          ? t('access.due.endKeys', { count: keys })
          : t('access.grants.endNoKeys')}{' '}
        {t('access.grants.endForGood')}
      </p>
      <TextField
        label={t('access.grants.endComment')}
        maxLength={REASON_LENGTH}
        value={comment}
        onChange={setComment}
      />
    </ActionDialog>
  );
}
