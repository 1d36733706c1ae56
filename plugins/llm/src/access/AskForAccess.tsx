import { lazy, ReactNode, Suspense } from 'react';
import {
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
} from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { messageOf } from '../components/ErrorState';
import { pagesOf, useRefusalWords, useStanding } from '../standing';
import { llmTranslationRef } from '../translation';
import { AccessProvider } from './AccessContext';

const RequestAccessDialog = lazy(() =>
  import('./RequestAccessDialog').then(module => ({
    default: module.RequestAccessDialog,
  })),
);
const CreateKeyDialog = lazy(() =>
  import('./CreateKeyDialog').then(module => ({
    default: module.CreateKeyDialog,
  })),
);

interface DialogProps {
  /** `<namespace>/<name>`. */
  model: string;
  onClose(): void;
}

/** "Request access" on a page that is not about access. Whoever can't ask is told why, and what helps. */
export function AskForAccess(props: DialogProps) {
  return (
    <WithStanding onClose={props.onClose}>
      <RequestAccessDialog {...props} />
    </WithStanding>
  );
}

/** "Create key" on a page that is not about access. */
export function CreateKeyFor(props: DialogProps) {
  return (
    <WithStanding onClose={props.onClose}>
      <CreateKeyDialog {...props} />
    </WithStanding>
  );
}

function WithStanding(props: { onClose(): void; children: ReactNode }) {
  const { onClose, children } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { standing, error } = useStanding();
  const refused = useRefusalWords(standing);
  if (standing && pagesOf(standing).access && !refused) {
    return (
      <AccessProvider standing={standing}>
        <Suspense fallback={null}>{children}</Suspense>
      </AccessProvider>
    );
  }
  if (!standing && !error) {
    return null;
  }
  return (
    <Dialog isOpen onOpenChange={open => !open && onClose()}>
      <DialogHeader>
        {refused?.title ?? t('access.notAllowedTitle')}
      </DialogHeader>
      <DialogBody>
        {error && <p role="alert">{messageOf(error)}</p>}
        {!error && <p>{refused?.text ?? t('access.notAllowedText')}</p>}
      </DialogBody>
      <DialogFooter>
        <Button variant="secondary" slot="close">
          {t('access.made.close')}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
