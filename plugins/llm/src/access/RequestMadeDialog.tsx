import { useState } from 'react';
import {
  Button,
  ButtonLink,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
} from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestSummary } from '@slipway/plugin-llm-common';
import { formatDateIn, formatDuration, modelName, useNow } from '../format';
import { useAccessLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import { CreateKeyDialog } from './CreateKeyDialog';

/** What came of a request: granted at once, or who has it now and until when. */
export function RequestMadeDialog(props: {
  request: RequestSummary;
  onClose(): void;
}) {
  const { request, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useAccessLinks();
  const now = useNow(60_000);
  const [createsKey, setCreatesKey] = useState(false);
  const name = modelName(request.model);
  const isApproved = request.state === 'approved';
  if (createsKey) {
    const { model, tenant, subject } = request;
    return (
      <CreateKeyDialog
        model={model}
        tenant={tenant}
        service={subject.kind === 'service' ? subject.ref : undefined}
        onClose={onClose}
      />
    );
  }
  return (
    <Dialog isOpen onOpenChange={open => !open && onClose()}>
      <DialogHeader>
        {t(isApproved ? 'access.made.approvedTitle' : 'access.made.sentTitle')}
      </DialogHeader>
      <DialogBody>
        <p>
          {isApproved
            ? t('access.made.approvedText', {
                name,
                date: formatDateIn(request.days, now),
                rule: request.rule ?? '',
              })
            : t('access.made.sentText', {
                name,
                left: formatDuration(Date.parse(request.expiresAt) - now),
              })}
        </p>
      </DialogBody>
      <DialogFooter>
        <Button variant="secondary" slot="close">
          {t('access.made.close')}
        </Button>
        {isApproved ? (
          <Button variant="primary" onPress={() => setCreatesKey(true)}>
            {t('access.createKey')}
          </Button>
        ) : (
          <ButtonLink
            variant="primary"
            href={links.access('requests')}
            onPress={onClose}
          >
            {t('access.made.seeRequest')}
          </ButtonLink>
        )}
      </DialogFooter>
    </Dialog>
  );
}
