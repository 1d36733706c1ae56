import { useState } from 'react';
import { TextAreaField } from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { GrantSummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { ActionDialog } from '../components/ActionDialog';
import { DaysSelect } from '../components/DaysSelect';
import { formatDate, modelName } from '../format';
import { llmTranslationRef } from '../translation';
import { grantDays, REASON_LENGTH } from './choices';

/** Asks for a grant again before it ends. */
export function RenewDialog(props: { grant: GrantSummary; onClose(): void }) {
  const { grant, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const [days, setDays] = useState(90);
  const [reason, setReason] = useState('');
  const renewal = { days, reason: reason.trim() };
  return (
    <ActionDialog
      title={t('access.grants.renewTitle', { name: modelName(grant.model) })}
      action={t('access.grants.renewAction')}
      isDisabled={renewal.reason === ''}
      content={JSON.stringify([grant.id, renewal])}
      run={once => api.renewGrant(grant.id, renewal, once)}
      onClose={onClose}
    >
      <p>
        {t('access.grants.renewText', { date: formatDate(grant.expiresAt) })}
      </p>
      <DaysSelect
        label={t('access.request.howLong')}
        days={grantDays}
        value={days}
        onChange={setDays}
      />
      <TextAreaField
        label={t('access.grants.renewReason')}
        isRequired
        maxLength={REASON_LENGTH}
        value={reason}
        onChange={setReason}
      />
    </ActionDialog>
  );
}
