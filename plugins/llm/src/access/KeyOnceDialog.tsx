import { useState } from 'react';
import {
  Alert,
  Button,
  Checkbox,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
} from '@backstage/ui';
import { RiCheckLine, RiFileCopyLine } from '@remixicon/react';
import useAsync from 'react-use/esm/useAsync';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { IssuedKeyAnswer, KeySummary } from '@slipway/plugin-llm-common';
import { llmApiRef } from '../api';
import { CodeBlock } from '../components/CodeBlock';
import { CopyButton } from '../components/CopyButton';
import { messageOf } from '../components/ErrorState';
import { useLastingDialog } from '../components/LastingDialogs';
import { callSnippets, keySnippet } from '../model/snippets';
import { formatDate, modelName } from '../format';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import styles from './KeyOnceDialog.module.css';

/**
 * Shows new keys, each the only time it is ever shown, above everything that could go meanwhile: a dialog closes only after "I have stored
 * it".
 */
export function useShowKey(): (issued: IssuedKeyAnswer) => void {
  const show = useLastingDialog();
  const { tenantName } = useAccessPerson();
  return issued =>
    show(close => (
      <KeyOnceDialog
        issued={issued}
        tenant={tenantName(issued.key.tenant)}
        onClose={close}
      />
    ));
}

/** The key lives in this component's props and nowhere else: not in the address, a log or storage. */
function KeyOnceDialog(props: {
  issued: IssuedKeyAnswer;
  /** The tenant's name, for people. */
  tenant: string;
  onClose(): void;
}) {
  const { issued, tenant, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const [stored, setStored] = useState(false);
  const [showsCurl, setShowsCurl] = useState(false);
  const { key, secret } = issued;
  if (secret === undefined) {
    return <KeyLostDialog name={key.name} onClose={onClose} />;
  }
  return (
    <Dialog
      isOpen
      width="min(560px, 92vw)"
      isDismissable={false}
      isKeyboardDismissDisabled
    >
      <DialogHeader className={styles.head}>
        {t('access.once.title')}
      </DialogHeader>
      <DialogBody>
        <div className={styles.body}>
          <p>{t('access.once.text')}</p>
          <Secret secret={secret} />
          <KeyFacts apiKey={key} tenant={tenant} />
          <Alert status="info" icon description={t('access.once.hint')} />
          {showsCurl && <Curl apiKey={key} />}
          <Checkbox isSelected={stored} onChange={setStored}>
            {t('access.once.stored')}
          </Checkbox>
        </div>
      </DialogBody>
      <DialogFooter>
        <Button variant="secondary" onPress={() => setShowsCurl(!showsCurl)}>
          {t(showsCurl ? 'access.once.hideCurl' : 'access.once.showCurl')}
        </Button>
        <Button variant="primary" isDisabled={!stored} onPress={onClose}>
          {t('access.once.done')}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}

function Secret(props: { secret: string }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const [copied, setCopied] = useState(false);
  const [error, setError] = useState<Error>();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.secret);
      setCopied(true);
      setError(undefined);
    } catch (caught) {
      setError(caught instanceof Error ? caught : new Error(String(caught)));
    }
  };
  return (
    <div>
      <div className={styles.secret}>
        <code>{props.secret}</code>
        <Button
          variant="primary"
          // The dialog is there for this one thing.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          iconStart={copied ? <RiCheckLine /> : <RiFileCopyLine />}
          onPress={copy}
        >
          <span aria-live="polite">
            {copied ? t('model.copied') : t('model.copy')}
          </span>
        </Button>
      </div>
      {error && (
        <p role="alert" className={styles.failed}>
          {t('access.once.copyFailed', { message: error.message })}
        </p>
      )}
    </div>
  );
}

function KeyFacts(props: { apiKey: KeySummary; tenant: string }) {
  const { apiKey, tenant } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  return (
    <dl className={styles.facts}>
      <dt>{t('access.once.name')}</dt>
      <dd>
        <strong>{apiKey.name}</strong>,{' '}
        {apiKey.service
          ? `${t('access.service')} ${apiKey.service}`
          : t('access.once.personal')}
        , {t('access.once.prefix')} <code>{apiKey.display}…</code>
      </dd>
      <dt>{t('access.once.models')}</dt>
      <dd>{apiKey.models.map(({ model }) => modelName(model)).join(', ')}</dd>
      <dt>{t('access.once.tenant')}</dt>
      <dd>{tenant}</dd>
      <dt>{t('access.once.expires')}</dt>
      <dd>{formatDate(apiKey.expiresAt)}</dd>
    </dl>
  );
}

/** A call with the first of the key's models; it reads the key from the shell and does not hold it. */
function Curl(props: { apiKey: KeySummary }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(llmApiRef);
  const [namespace, name = ''] = (props.apiKey.models[0]?.model ?? '').split(
    '/',
  );
  const { value: model, error } = useAsync(
    () => api.getModel({ namespace, name }),
    [api, namespace, name],
  );
  if (error) {
    return <p role="alert">{messageOf(error)}</p>;
  }
  const baseUrl =
    model &&
    (model.endpoints.external ??
      model.addresses?.external ??
      model.endpoints.internal ??
      model.addresses?.internal);
  if (model && !baseUrl) {
    return <p>{t('model.noAddress')}</p>;
  }
  const text =
    model && baseUrl
      ? `${keySnippet}\n\n${
          callSnippets({
            baseUrl,
            modelId: model.modelId,
            caFile: model.caFile,
            variable: 'SLIPWAY_KEY',
          }).curl
        }`
      : '';
  return (
    <div className={styles.curl}>
      <CodeBlock text={text} label={t('access.once.curl')} />
      <CopyButton text={text} what={t('access.once.curl')} />
    </div>
  );
}

/** A retry of a lost answer: the key exists, and nobody can show it any more. */
function KeyLostDialog(props: { name: string; onClose(): void }) {
  const { t } = useTranslationRef(llmTranslationRef);
  return (
    <Dialog isOpen onOpenChange={open => !open && props.onClose()}>
      <DialogHeader>{t('access.once.lostTitle')}</DialogHeader>
      <DialogBody>
        <p>{t('access.once.lostText', { name: props.name })}</p>
      </DialogBody>
      <DialogFooter>
        <Button variant="primary" slot="close">
          {t('access.once.done')}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
