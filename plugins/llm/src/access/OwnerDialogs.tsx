import { useState } from 'react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { GrantSummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { ActionDialog } from '../components/ActionDialog';
import { DaysSelect } from '../components/DaysSelect';
import { formatDate, modelName } from '../format';
import { llmTranslationRef } from '../translation';
import { grantDays } from './choices';
import { Subject } from './Person';

/** Makes somebody's grant last longer. */
export function ExtendDialog(props: { grant: GrantSummary; onClose(): void }) {
  const { grant, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const [days, setDays] = useState(90);
  return (
    <ActionDialog
      title={t('access.people.extendTitle', { name: modelName(grant.model) })}
      action={t('access.people.extendAction')}
      content={JSON.stringify([grant.id, days])}
      run={once => api.extendGrant(grant.id, days, once)}
      onClose={onClose}
    >
      <p>
        <Subject subject={grant.subject} />
        {': '}
        {t('access.people.extendText', { date: formatDate(grant.expiresAt) })}
      </p>
      <DaysSelect
        label={t('access.people.extendDays')}
        days={grantDays}
        value={days}
        onChange={setDays}
      />
    </ActionDialog>
  );
}

/** Confirms that somebody still needs a grant. */
export function RecertifyDialog(props: {
  grant: GrantSummary;
  onClose(): void;
}) {
  const { grant, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  return (
    <ActionDialog
      title={t('access.people.recertifyTitle', {
        name: modelName(grant.model),
      })}
      action={t('access.people.recertifyAction')}
      content={grant.id}
      run={once => api.recertifyGrant(grant.id, once)}
      onClose={onClose}
    >
      <p>
        <Subject subject={grant.subject} />
        {': '}
        {t('access.people.recertifyText')}
      </p>
    </ActionDialog>
  );
}
