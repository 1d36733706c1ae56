import { useState } from 'react';
import { Button } from '@backstage/ui';
import { RiKeyboardLine, RiShieldCheckLine } from '@remixicon/react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { AccessProvider } from '../access/AccessContext';
import { Gate } from '../components/Gate';
import { PageHeader } from '../components/PageHeader';
import { PageTabs } from '../components/PageTabs';
import { ShortcutsDialog } from '../components/ShortcutsDialog';
import { useShortcuts } from '../components/useShortcuts';
import { ApprovalsTab, useAccessLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import { DecidedTab } from './DecidedTab';
import { OpenTab } from './OpenTab';
import { RulesTab } from './RulesTab';
import styles from './ApprovalsPage.module.css';

const tabs: readonly ApprovalsTab[] = ['open', 'decided', 'rules'];

/** What happens if I say yes? */
export function ApprovalsPage(props: { tab: ApprovalsTab }) {
  const { t } = useTranslationRef(llmTranslationRef);
  return (
    <Gate
      page="approvals"
      icon={<RiShieldCheckLine />}
      title={t('approvals.title')}
      whoCan={{
        title: t('approvals.notAllowedTitle'),
        text: t('approvals.notAllowedText'),
      }}
    >
      {standing => (
        <AccessProvider standing={standing}>
          <Page tab={props.tab} />
        </AccessProvider>
      )}
    </Gate>
  );
}

function Page(props: { tab: ApprovalsTab }) {
  const { tab } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useAccessLinks();
  const [helpOpen, setHelpOpen] = useState(false);
  const shortcuts = useShortcuts({
    // They only move the focus: nothing is decided by a single key.
    a: () => focus('approve'),
    b: () => focus('ask-back'),
    r: () => focus('reject'),
    j: () => move(1),
    k: () => move(-1),
    '?': () => setHelpOpen(true),
  });
  return (
    <>
      <PageHeader
        icon={<RiShieldCheckLine />}
        title={t('approvals.title')}
        actions={
          <Button
            variant="tertiary"
            size="small"
            iconStart={<RiKeyboardLine />}
            onPress={() => setHelpOpen(true)}
          >
            {t('shortcuts.open')}
          </Button>
        }
        tabs={
          <PageTabs
            label={t('approvals.title')}
            current={tab}
            tabs={tabs.map(id => ({
              id,
              name: t(`approvals.tab.${id}`),
              href: links.approvals(id),
            }))}
          />
        }
      />
      <main className={styles.page}>
        {tab === 'open' && <OpenTab />}
        {tab === 'decided' && <DecidedTab />}
        {tab === 'rules' && <RulesTab />}
      </main>
      {helpOpen && (
        <ShortcutsDialog
          keys={[
            ['a', t('shortcuts.approve')],
            ['b', t('shortcuts.askBack')],
            ['r', t('shortcuts.reject')],
            ['j', t('shortcuts.nextRequest')],
            ['k', t('shortcuts.previousRequest')],
            ['?', t('shortcuts.help')],
          ]}
          enabled={shortcuts.enabled}
          onEnabledChange={shortcuts.setEnabled}
          onClose={() => setHelpOpen(false)}
        />
      )}
    </>
  );
}

function focus(step: string): void {
  document.querySelector<HTMLElement>(`[data-step="${step}"]`)?.focus();
}

/** Moves the focus to the next or previous request of the list; Enter then shows it. */
function move(by: 1 | -1): void {
  const links = [
    ...document.querySelectorAll<HTMLElement>('[data-request-link]'),
  ];
  const at = links.findIndex(link => link === document.activeElement);
  const current = links.findIndex(link => link.hasAttribute('aria-current'));
  const from = at === -1 ? current : at;
  links[Math.min(links.length - 1, Math.max(0, from + by))]?.focus();
}
