import { useRef, useState } from 'react';
import { Alert } from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { isImportableKey } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { ActionDialog } from '../components/ActionDialog';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { emptyDraft, toKey, useKeyOffer } from './keyDraft';
import { KeyFields } from './KeyFields';
import { SecretField } from './SecretField';

/**
 * Takes over a key that another system made, so that whoever holds it need not change anything. The pasted key stays in its field until it
 * is sent; it is never shown, and the page says afterwards only how it begins.
 */
export function ImportKeyDialog(props: { onClose(): void }) {
  const { onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const { memberOf: tenants } = useAccessPerson();
  const [draft, setDraft] = useState(() => emptyDraft(tenants));
  const field = useRef<HTMLInputElement>(null);
  // What was pasted is told from what was pasted before by a number, so that the key itself is in no state.
  const [pasted, setPasted] = useState({ isEmpty: true, times: 0 });
  const offer = useKeyOffer(draft);
  const key = toKey(draft, offer, tenants.length);
  return (
    <ActionDialog
      title={t('access.import.title')}
      action={t('access.import.action')}
      isDisabled={!key || pasted.isEmpty}
      content={JSON.stringify([key ?? draft, pasted.times])}
      run={async once => {
        const secret = field.current?.value.trim() ?? '';
        if (!isImportableKey(secret)) {
          throw new Error(t('access.import.notAKey'));
        }
        if (key) {
          await api.importKey({ ...key, secret }, once);
        }
        if (field.current) {
          field.current.value = '';
        }
      }}
      onClose={onClose}
    >
      <p>{t('access.import.text')}</p>
      <SecretField
        label={t('access.import.secret')}
        description={t('access.import.secretHint')}
        field={field}
        onChange={isEmpty =>
          setPasted(({ times }) => ({ isEmpty, times: times + 1 }))
        }
      />
      <Alert status="info" icon description={t('access.import.known')} />
      <KeyFields draft={draft} offer={offer} onChange={setDraft} />
    </ActionDialog>
  );
}
