import { useState } from 'react';
import { TextField } from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { GrantSummary } from '@slipway/plugin-llm-common';
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
