import { useState } from 'react';
import { Select } from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { KeySummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { ActionDialog } from '../components/ActionDialog';
import { DaysSelect } from '../components/DaysSelect';
import { formatDate } from '../format';
import { llmTranslationRef } from '../translation';
import { keyDays, overlapHours } from './choices';
import { useShowKey } from './KeyOnceDialog';

/** Makes a successor of a key; the old one works on for a while. */
export function RotateDialog(props: { apiKey: KeySummary; onClose(): void }) {
  const { apiKey, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const showKey = useShowKey();
  const [hours, setHours] = useState(24);
  const [days, setDays] = useState(90);
  const rotation = { overlapHours: hours, days };
  return (
    <ActionDialog
      title={t('access.keys.rotateTitle', { name: apiKey.name })}
      action={t('access.keys.rotateAction')}
      content={JSON.stringify([apiKey.id, rotation])}
      run={async once =>
        showKey(await api.rotateKey(apiKey.id, rotation, once))
      }
      onClose={onClose}
    >
      <p>{t('access.keys.rotateText')}</p>
      <Select
        label={t('access.keys.overlap')}
        options={overlapHours.map(value => ({
          id: String(value),
          label:
            value === 0
              ? t('access.keys.overlapNone')
              : t('access.keys.overlapHours', { count: value }),
        }))}
        value={String(hours)}
        onChange={value => setHours(Number(value))}
      />
      <DaysSelect
        label={t('access.keys.newLife')}
        days={keyDays}
        value={days}
        onChange={setDays}
      />
    </ActionDialog>
  );
}

/** Says that a key that nobody used for long is still needed. */
export function KeepKeyDialog(props: { apiKey: KeySummary; onClose(): void }) {
  const { apiKey, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  return (
    <ActionDialog
      title={t('access.keys.keepTitle', { name: apiKey.name })}
      action={t('access.keys.keepKey')}
      content={apiKey.id}
      run={once => api.keepKey(apiKey.id, once)}
      onClose={onClose}
    >
      <p>
        {t('access.keys.keepText', {
          date: formatDate(apiKey.unusedEndsAt ?? apiKey.expiresAt),
        })}
      </p>
    </ActionDialog>
  );
}
