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

const keys = [
  ['/', 'search'],
  ['j', 'next'],
  ['k', 'previous'],
  ['Enter', 'openRow'],
  ['Esc', 'escape'],
  ['?', 'help'],
] as const;

/** The page's keys, and the switch that turns them off. */
export function ShortcutsDialog(props: {
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
          {keys.map(([key, meaning]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{t(`shortcuts.${meaning}`)}</dd>
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
