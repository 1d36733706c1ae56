import { useState } from 'react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { accessApiRef } from '../api';
import { ActionDialog } from '../components/ActionDialog';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { emptyDraft, KeyStart, toKey, useKeyOffer } from './keyDraft';
import { KeyFields } from './KeyFields';
import { useShowKey } from './KeyOnceDialog';

/** Makes a key, starting with what the page knows of it already, and shows it once. */
export function CreateKeyDialog(props: KeyStart & { onClose(): void }) {
  const { onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const { memberOf: tenants } = useAccessPerson();
  const showKey = useShowKey();
  const [draft, setDraft] = useState(() => emptyDraft(tenants, props));
  const offer = useKeyOffer(draft);
  const key = toKey(draft, offer, tenants.length);

  return (
    <ActionDialog
      title={t('access.create.title')}
      action={t('access.createKey')}
      isDisabled={!key}
      content={JSON.stringify(key ?? draft)}
      run={async once => {
        if (key) {
          showKey(await api.createKey(key, once));
        }
      }}
      onClose={onClose}
    >
      <KeyFields draft={draft} offer={offer} onChange={setDraft} />
    </ActionDialog>
  );
}
