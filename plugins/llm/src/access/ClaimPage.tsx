import { useState } from 'react';
import { Button, ButtonLink } from '@backstage/ui';
import { RiKey2Line } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { KeyClaimSummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { ActionAlert } from '../components/ActionAlert';
import { ErrorState } from '../components/ErrorState';
import { Gate } from '../components/Gate';
import { PageHeader } from '../components/PageHeader';
import { Section } from '../components/Section';
import { StatePanel } from '../components/StatePanel';
import { TenantNotice } from '../components/TenantNotice';
import { useOnce } from '../components/useOnce';
import { DateTime, formatDuration, modelName, useNow } from '../format';
import { announceOwnChange, statusOf, useLiveResource } from '../live';
import { useAccessLinks } from '../navigation';
import { refusalOf } from '../standing';
import { llmTranslationRef } from '../translation';
import { AccessProvider, useAccessPerson } from './AccessContext';
import { useShowKey } from './KeyOnceDialog';
import { TableSkeleton } from './TableSkeleton';
import pageStyles from './AccessPage.module.css';
import styles from './RequestDialogs.module.css';

/** A key that an agent asked for in somebody's name: she makes it here, in her own session, and only she sees it. */
export function ClaimPage(props: { id: string }) {
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
          <Page id={props.id} />
        </AccessProvider>
      )}
    </Gate>
  );
}

function Page(props: { id: string }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const person = useAccessPerson();
  const links = useAccessLinks();
  const api = useApi(accessApiRef);
  const claim = useLiveResource<KeyClaimSummary>({
    key: `claim ${props.id}`,
    load: (_previous, signal) => api.getClaim(props.id, signal),
  });
  return (
    <>
      <PageHeader
        icon={<RiKey2Line />}
        title={t('access.claim.title')}
        breadcrumb={{
          label: t('model.breadcrumb'),
          name: t('access.title'),
          href: links.access(),
        }}
      />
      <main className={pageStyles.page}>
        <TenantNotice standing={person} />
        <Section padded title={t('access.claim.asked')}>
          {claim.value && <Claim claim={claim.value} />}
          {!claim.value && claim.error && (
            <NoClaim error={claim.error} retry={claim.retry} />
          )}
          {!claim.value && !claim.error && <TableSkeleton />}
        </Section>
      </main>
    </>
  );
}

/** The link is old, mistyped or somebody else's: the same words for all three, and what to do now. */
function NoClaim(props: { error: Error; retry(): void }) {
  const { error, retry } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useAccessLinks();
  if (statusOf(error) !== 404) {
    return (
      <ErrorState error={error} title={t('access.errorTitle')} retry={retry} />
    );
  }
  return (
    <StatePanel
      icon={<RiKey2Line size={16} />}
      title={t('state.notFoundTitle')}
      actions={
        <ButtonLink variant="primary" href={links.access()}>
          {t('access.claim.leave')}
        </ButtonLink>
      }
    >
      {t('access.claim.gone')}
    </StatePanel>
  );
}

function Claim(props: { claim: KeyClaimSummary }) {
  const { claim } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const links = useAccessLinks();
  const person = useAccessPerson();
  const { memberOf, tenantName } = person;
  const now = useNow(1_000);
  const once = useOnce(claim.id);
  const showKey = useShowKey();
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<Error>();
  const leftMs = Date.parse(claim.expiresAt) - now;
  const isOpen = !claim.keyId && leftMs > 0;
  // The notice says why its calls would be refused.
  const isOffered = isOpen && !refusalOf(person);
  const tenant = claim.tenant ?? memberOf[0]?.name;
  const use = async () => {
    setPending(true);
    setError(undefined);
    try {
      showKey(await api.useClaim(claim.id, once));
    } catch (caught) {
      setError(caught instanceof Error ? caught : new Error(String(caught)));
    }
    setPending(false);
    announceOwnChange();
  };
  return (
    <div className={styles.detail}>
      <dl className={styles.facts}>
        <dt>{t('access.once.name')}</dt>
        <dd>{claim.name}</dd>
        <dt>{t('access.once.models')}</dt>
        <dd>{claim.models.map(({ model }) => modelName(model)).join(', ')}</dd>
        {claim.service && (
          <>
            <dt>{t('access.service')}</dt>
            <dd>{claim.service}</dd>
          </>
        )}
        {tenant && (
          <>
            <dt>{t('access.once.tenant')}</dt>
            <dd>{tenantName(tenant)}</dd>
          </>
        )}
        <dt>{t('access.claim.askedAt')}</dt>
        <dd>
          <DateTime iso={claim.createdAt} />
        </dd>
      </dl>
      {isOpen && (
        <p>{t('access.claim.text', { left: formatDuration(leftMs) })}</p>
      )}
      {!isOpen && (
        <p>{t(claim.keyId ? 'access.claim.used' : 'access.claim.late')}</p>
      )}
      <ActionAlert error={error} />
      <div className={pageStyles.filters}>
        {isOffered && (
          <Button variant="primary" isPending={isPending} onPress={use}>
            {t('access.claim.make')}
          </Button>
        )}
        <ButtonLink variant="secondary" href={links.access()}>
          {t('access.claim.leave')}
        </ButtonLink>
      </div>
    </div>
  );
}
