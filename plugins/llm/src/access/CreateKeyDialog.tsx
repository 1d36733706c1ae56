import { useState } from 'react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { IssuedKeyAnswer } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { ActionDialog } from '../components/ActionDialog';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { emptyDraft, KeyFields, toKey } from './KeyFields';
import { KeyOnceDialog } from './KeyOnceDialog';

/**
 * Makes a key, and shows it once.
 *
 * @param props - `model` as `<namespace>/<name>`, chosen already
 */
export function CreateKeyDialog(props: { model?: string; onClose(): void }) {
  const { onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const { memberOf: tenants } = useAccessPerson();
  const [issued, setIssued] = useState<IssuedKeyAnswer>();
  const [draft, setDraft] = useState(() => emptyDraft(tenants, props.model));
  const key = toKey(draft, tenants.length);

  if (issued) {
    return <KeyOnceDialog issued={issued} onClose={onClose} />;
  }
  return (
    <ActionDialog
      title={t('access.create.title')}
      action={t('access.createKey')}
      isDisabled={!key}
      content={JSON.stringify(key ?? draft)}
      run={async once => {
        if (key) {
          setIssued(await api.createKey(key, once));
        }
      }}
      onDone={() => {}}
      onClose={onClose}
    >
      <KeyFields draft={draft} onChange={setDraft} />
    </ActionDialog>
  );
}
