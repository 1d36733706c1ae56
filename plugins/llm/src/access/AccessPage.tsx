import { lazy, ReactNode, Suspense, useState } from 'react';
import { Button } from '@backstage/ui';
import { RiAddLine, RiKey2Line } from '@remixicon/react';
import { Progress, useTranslationRef } from '@backstage/frontend-plugin-api';
import { Gate } from '../components/Gate';
import { PageHeader } from '../components/PageHeader';
import { PageTabs } from '../components/PageTabs';
import { NativeNotice } from '../components/TenantNotice';
import { AccessTab, useAccessLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import { AccessProvider, useAccessPerson } from './AccessContext';
import { CreateKeyDialog } from './CreateKeyDialog';
import { MineTab } from './MineTab';
import { RequestAccessDialog } from './RequestAccessDialog';
import styles from './AccessPage.module.css';

const RequestsTab = lazy(() =>
  import('./RequestsTab').then(module => ({ default: module.RequestsTab })),
);
const PeopleTab = lazy(() =>
  import('./PeopleTab').then(module => ({ default: module.PeopleTab })),
);
const WhyTab = lazy(() =>
  import('./WhyTab').then(module => ({ default: module.WhyTab })),
);
const AuditTab = lazy(() =>
  import('./AuditTab').then(module => ({ default: module.AuditTab })),
);
const BlocksTab = lazy(() =>
  import('./BlocksTab').then(module => ({ default: module.BlocksTab })),
);

const tabs: Record<AccessTab, ReactNode> = {
  mine: <MineTab />,
  requests: <RequestsTab />,
  people: <PeopleTab />,
  why: <WhyTab />,
  blocks: <BlocksTab />,
  audit: <AuditTab />,
};

/** What may I call, with which key, and why not? */
export function AccessPage(props: { tab: AccessTab }) {
  const { t } = useTranslationRef(llmTranslationRef);
  return (
    <Gate
      page="access"
      icon={<RiKey2Line />}
      title={t('access.title')}
      whoCan={{
        title: t('access.notAllowedTitle'),
        text: t('access.notAllowedText'),
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

function Page(props: { tab: AccessTab }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const person = useAccessPerson();
  const { pages, memberOf } = person;
  const links = useAccessLinks();
  const [dialog, setDialog] = useState<'request' | 'key'>();
  const offered: AccessTab[] = [
    'mine',
    'requests',
    ...(pages.people ? (['people'] as const) : []),
    'why',
    ...(pages.blocks ? (['blocks'] as const) : []),
    ...(pages.audit ? (['audit'] as const) : []),
  ];
  // A tab that she can't open leads to what is hers, as if it were not there.
  const tab = offered.includes(props.tab) ? props.tab : 'mine';
  const close = () => setDialog(undefined);
  return (
    <>
      <PageHeader
        icon={<RiKey2Line />}
        title={t('access.title')}
        actions={
          // Without an active tenant, or where she is blocked, neither leads to a call; the notice below says so.
          memberOf.length > 0 && (
            <>
              <Button variant="secondary" onPress={() => setDialog('request')}>
                {t('access.requestAccess')}
              </Button>
              <Button
                variant="primary"
                iconStart={<RiAddLine />}
                onPress={() => setDialog('key')}
              >
                {t('access.createKey')}
              </Button>
            </>
          )
        }
        tabs={
          <PageTabs
            label={t('access.title')}
            current={tab}
            tabs={offered.map(id => ({
              id,
              name: t(`access.tab.${id}`),
              href: links.access(id),
            }))}
          />
        }
      />
      <main className={styles.page}>
        <NativeNotice standing={person} />
        <Suspense fallback={<Progress />}>{tabs[tab]}</Suspense>
      </main>
      {dialog === 'request' && <RequestAccessDialog onClose={close} />}
      {dialog === 'key' && <CreateKeyDialog onClose={close} />}
    </>
  );
}
