import { useEffect, useRef, useState } from 'react';
import {
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Select,
  Switch,
} from '@backstage/ui';
import { RiRefreshLine } from '@remixicon/react';
import useAsyncRetry from 'react-use/esm/useAsyncRetry';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelPod } from '@slipway/plugin-llm-common';
import { llmApiRef, ModelKey } from '../api';
import { CodeBlock } from '../components/CodeBlock';
import { CopyButton } from '../components/CopyButton';
import { messageOf } from '../components/ErrorState';
import { llmTranslationRef } from '../translation';
import styles from './LogDialog.module.css';

const lineCounts = [100, 500, 2000];

/** The end of a pod's log: choose the container and how much of it, refresh, copy. */
export function LogDialog(props: {
  model: ModelKey;
  pod: ModelPod;
  onClose(): void;
}) {
  const { model, pod, onClose } = props;
  const { namespace, name } = model;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(llmApiRef);
  const [container, setContainer] = useState<string | undefined>(
    pod.containers[0],
  );
  const [tailLines, setTailLines] = useState(lineCounts[0]);
  const [previous, setPrevious] = useState(false);
  const log = useAsyncRetry(
    () =>
      api.getLog({
        namespace,
        name,
        pod: pod.name,
        container,
        tailLines,
        previous,
      }),
    [api, namespace, name, pod.name, container, tailLines, previous],
  );
  // The last text stays while the next is on its way.
  const [text, setText] = useState<string>();
  useEffect(() => {
    if (log.value !== undefined) {
      setText(log.value);
    }
  }, [log.value]);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const pre = end.current?.querySelector('pre');
    if (pre) {
      pre.scrollTop = pre.scrollHeight;
    }
  }, [text]);

  return (
    <Dialog
      isOpen
      width="min(960px, 92vw)"
      onOpenChange={open => !open && onClose()}
    >
      <DialogHeader>{t('log.title', { pod: pod.name })}</DialogHeader>
      <DialogBody>
        <div className={styles.tools}>
          <div className={styles.select}>
            <Select
              size="small"
              label={t('log.container')}
              options={pod.containers.map(id => ({ id, label: id }))}
              value={container}
              onChange={value => setContainer(String(value))}
            />
          </div>
          <div className={styles.select}>
            <Select
              size="small"
              label={t('log.lines')}
              options={lineCounts.map(count => ({
                id: String(count),
                label: String(count),
              }))}
              value={String(tailLines)}
              onChange={value => setTailLines(Number(value))}
            />
          </div>
          {pod.restarts > 0 && (
            <Switch
              label={t('log.previous')}
              isSelected={previous}
              onChange={setPrevious}
            />
          )}
          <span className={styles.end}>
            <Button
              size="small"
              variant="secondary"
              iconStart={<RiRefreshLine />}
              isPending={log.loading}
              onPress={log.retry}
            >
              {t('log.refresh')}
            </Button>
          </span>
        </div>
        <div ref={end}>
          {log.error ? (
            <p role="alert" className={styles.failed}>
              {t('log.failed', { message: messageOf(log.error) })}
            </p>
          ) : (
            <CodeBlock
              tall
              label={t('log.text')}
              text={text === '' ? t('log.empty') : text ?? ''}
            />
          )}
        </div>
      </DialogBody>
      <DialogFooter>
        {!log.error && <CopyButton text={text ?? ''} what={t('log.text')} />}
        <Button size="small" variant="secondary" slot="close">
          {t('log.close')}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
