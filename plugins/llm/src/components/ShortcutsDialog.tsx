import {
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Switch,
} from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { llmTranslationRef } from '../translation';
import styles from './ShortcutsDialog.module.css';

/** The page's keys, and the switch that turns them off. */
export function ShortcutsDialog(props: {
  /** Each key, and what it does. */
  keys: ReadonlyArray<readonly [key: string, meaning: string]>;
  enabled: boolean;
  onEnabledChange(enabled: boolean): void;
  onClose(): void;
}) {
  const { t } = useTranslationRef(llmTranslationRef);
  return (
    <Dialog isOpen onOpenChange={open => !open && props.onClose()}>
      <DialogHeader>{t('shortcuts.title')}</DialogHeader>
      <DialogBody>
        <dl className={styles.keys}>
          {props.keys.map(([key, meaning]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
        <Switch
          label={t('shortcuts.enabled')}
          isSelected={props.enabled}
          onChange={props.onEnabledChange}
        />
      </DialogBody>
      <DialogFooter>
        <Button variant="secondary" slot="close">
          {t('shortcuts.close')}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
