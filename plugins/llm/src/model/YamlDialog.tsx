import {
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
} from '@backstage/ui';
import useAsync from 'react-use/esm/useAsync';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelObject } from '@slipway/plugin-llm-common';
import { llmApiRef, ModelKey } from '../api';
import { CodeBlock } from '../components/CodeBlock';
import { CopyButton } from '../components/CopyButton';
import { messageOf } from '../components/ErrorState';
import { llmTranslationRef } from '../translation';
import styles from './LogDialog.module.css';

/** One of the generated objects as it is in the cluster now. */
export function YamlDialog(props: {
  model: ModelKey;
  object: ModelObject;
  onClose(): void;
}) {
  const { model, object, onClose } = props;
  const { namespace, name } = model;
  const { kind, name: objectName } = object;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(llmApiRef);
  const yaml = useAsync(
    () => api.getObject({ namespace, name }, { kind, name: objectName }),
    [api, namespace, name, kind, objectName],
  );
  return (
    <Dialog
      isOpen
      width="min(960px, 92vw)"
      onOpenChange={open => !open && onClose()}
    >
      <DialogHeader>{t('yaml.title', { kind, name: objectName })}</DialogHeader>
      <DialogBody>
        {yaml.error ? (
          <p role="alert" className={styles.failed}>
            {t('yaml.failed', { message: messageOf(yaml.error) })}
          </p>
        ) : (
          <CodeBlock tall label={t('yaml.text')} text={yaml.value ?? ''} />
        )}
      </DialogBody>
      <DialogFooter>
        <CopyButton text={yaml.value ?? ''} what={t('yaml.text')} />
        <Button size="small" variant="secondary" slot="close">
          {t('yaml.close')}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
