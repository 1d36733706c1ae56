import { useState } from 'react';
import {
  Button,
  ButtonIcon,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
} from '@backstage/ui';
import { RiHistoryLine } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { AuditEntry } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { ErrorState } from '../components/ErrorState';
import { formatAbsolute, formatMoment, useNow } from '../format';
import { useLivePages } from '../live';
import { llmTranslationRef } from '../translation';
import { AuditActor, AuditDeed } from './AuditWords';
import styles from './HistoryDialog.module.css';

/** Who did what to a request, a grant or a key. */
export function HistoryDialog(props: {
  /** Id of the request, the grant or the key. */
  object: string;
  title: string;
  onClose(): void;
}) {
  const { object, title, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const now = useNow(60_000);
  const { items, resource, hasMore, loadMore } = useLivePages<AuditEntry>({
    key: `history ${object}`,
    ask: (page, signal) => api.listAudit({ object, ...page }, signal),
  });
  return (
    <Dialog
      isOpen
      width="min(560px, 92vw)"
      onOpenChange={open => !open && onClose()}
    >
      <DialogHeader>{title}</DialogHeader>
      <DialogBody>
        {!items && resource.error && (
          <ErrorState
            error={resource.error}
            title={t('access.errorTitle')}
            retry={resource.retry}
          />
        )}
        {!items && !resource.error && <p role="status">{t('state.loading')}</p>}
        {items?.length === 0 && <p>{t('access.audit.emptyTitle')}</p>}
        {items && items.length > 0 && (
          <ol className={styles.list} aria-label={title}>
            {items.map(entry => (
              <li key={entry.position}>
                <div className={styles.who}>
                  <AuditActor actor={entry.actor} />
                  {', '}
                  <time dateTime={entry.at} title={formatAbsolute(entry.at)}>
                    {formatMoment(entry.at, now)}
                  </time>
                </div>
                <div className={styles.deed}>
                  <AuditDeed entry={entry} />
                </div>
              </li>
            ))}
          </ol>
        )}
        {hasMore && (
          <Button size="small" variant="secondary" onPress={loadMore}>
            {t('access.more')}
          </Button>
        )}
      </DialogBody>
      <DialogFooter>
        <Button variant="secondary" slot="close">
          {t('access.made.close')}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}

/** A small button that shows the history of something. */
export function HistoryButton(props: { object: string; name: string }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const [isOpen, setOpen] = useState(false);
  const title = t('access.audit.historyOf', { name: props.name });
  return (
    <>
      <span className={styles.button} title={t('access.audit.history')}>
        <ButtonIcon
          size="small"
          variant="tertiary"
          icon={<RiHistoryLine />}
          aria-label={title}
          onPress={() => setOpen(true)}
        />
      </span>
      {isOpen && (
        <HistoryDialog
          object={props.object}
          title={title}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
