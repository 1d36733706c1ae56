import { useState } from 'react';
import { Select } from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { KeySummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { ActionDialog } from '../components/ActionDialog';
import { formatAge } from '../format';
import { llmTranslationRef } from '../translation';

/** Revokes a key. */
export function EndKeyDialog(props: {
  apiKey: KeySummary;
  now: number;
  onClose(): void;
}) {
  const { apiKey, now, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  return (
    <ActionDialog
      title={t('access.keys.revokeTitle', { name: apiKey.name })}
      action={t('access.keys.revokeAction')}
      leave={t('access.keys.keepKey')}
      destructive
      content={apiKey.id}
      run={once => api.endKey(apiKey.id, 'revoke', once)}
      onClose={onClose}
    >
      <p>
        {apiKey.lastUsedAt
          ? t('access.keys.revokeUsed', {
              ago: formatAge(now - Date.parse(apiKey.lastUsedAt)),
            })
          : t('access.keys.revokeNeverUsed')}{' '}
        {t('access.keys.revokeText')}
      </p>
    </ActionDialog>
  );
}

/** Says that a key got out: the same end, another reason, and whoever looks after it is told. */
export function LeakedKeyDialog(props: {
  apiKeys: KeySummary[];
  onClose(): void;
}) {
  const { apiKeys, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const [id, setId] = useState(
    apiKeys.length === 1 ? apiKeys[0].id : undefined,
  );
  return (
    <ActionDialog
      title={t('access.keys.leakedTitle')}
      action={t('access.keys.leakedAction')}
      leave={t('access.keys.leakedLeave')}
      destructive
      isDisabled={id === undefined}
      content={id ?? ''}
      run={once => api.endKey(id ?? '', 'leaked', once)}
      onClose={onClose}
    >
      <p>{t('access.keys.leakedText')}</p>
      <Select
        label={t('access.keys.leakedWhich')}
        options={apiKeys.map(key => ({
          id: key.id,
          label: `${key.name}, ${key.display}…`,
        }))}
        value={id ?? null}
        onChange={value => setId(String(value))}
      />
    </ActionDialog>
  );
}
