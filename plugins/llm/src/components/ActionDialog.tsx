import { ReactNode, useEffect, useRef, useState } from 'react';
import {
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
} from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { announceOwnChange } from '../live';
import { llmTranslationRef } from '../translation';
import { ActionAlert } from './ActionAlert';
import { useOnce } from './useOnce';
import styles from './ActionDialog.module.css';

/** So long she waits for an answer before she may leave. */
const MAY_LEAVE_AFTER_MS = 8_000;

/**
 * A dialog with one thing to do. A failure is told in the dialog, in the words of the backend, and what was typed stays. Where no
 * answer comes she can leave: what was sent happens once at most, and what comes of it shows on the page.
 */
export function ActionDialog(props: {
  title: string;
  /** The verb and its object. */
  action: string;
  /** What leaves without doing it; "Cancel" if absent. */
  leave?: string;
  destructive?: boolean;
  isDisabled?: boolean;
  /** What is sent, as text: tells a retry from another change. */
  content: string;
  /** Does it; gets a name under which the backend does it only once. */
  run(once: string): Promise<unknown>;
  onDone?(): void;
  onClose(): void;
  children: ReactNode;
}) {
  const { t } = useTranslationRef(llmTranslationRef);
  const once = useOnce(props.content);
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<Error>();
  const isSlow = useIsSlow(isPending);
  const holds = isPending && !isSlow;
  const hasLeft = useRef(false);
  const run = async () => {
    setPending(true);
    setError(undefined);
    try {
      await props.run(once);
    } catch (caught) {
      setPending(false);
      setError(caught instanceof Error ? caught : new Error(String(caught)));
      return;
    }
    announceOwnChange();
    if (!hasLeft.current) {
      (props.onDone ?? props.onClose)();
    }
  };
  return (
    <Dialog
      isOpen
      width="min(520px, 92vw)"
      // A click beside the dialog must not throw away what was typed.
      isDismissable={false}
      onOpenChange={open => {
        if (!open && !holds) {
          hasLeft.current = true;
          props.onClose();
        }
      }}
    >
      <DialogHeader>{props.title}</DialogHeader>
      <DialogBody>
        <div className={styles.body}>
          {props.children}
          <ActionAlert error={error} />
          {isSlow && <p role="status">{t('dialog.slow')}</p>}
        </div>
      </DialogBody>
      <DialogFooter>
        <Button variant="secondary" isDisabled={holds} slot="close">
          {props.leave ?? t('dialog.cancel')}
        </Button>
        <Button
          variant="primary"
          destructive={props.destructive}
          isDisabled={props.isDisabled}
          isPending={isPending}
          onPress={run}
        >
          {props.action}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}

/** Whether it has lasted long. */
function useIsSlow(isPending: boolean): boolean {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    setSlow(false);
    const timer = isPending
      ? setTimeout(() => setSlow(true), MAY_LEAVE_AFTER_MS)
      : undefined;
    return () => clearTimeout(timer);
  }, [isPending]);
  return isSlow;
}
