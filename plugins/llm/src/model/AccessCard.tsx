import { useState } from 'react';
import { Button, ButtonLink } from '@backstage/ui';
import { RiKey2Line } from '@remixicon/react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import { ModelDetail } from '@slipway/plugin-llm-common';
import { AskForAccess, CreateKeyFor } from '../access/AskForAccess';
import { Chip, Tone } from '../components/Chip';
import { Section } from '../components/Section';
import {
  CheckIcon,
  ClockIcon,
  LockIcon,
  WarningIcon,
} from '../components/icons';
import { formatDate } from '../format';
import { useAccessLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import {
  isRefused,
  mayCall,
  onlyCredential,
  standingOf,
  StandingToModel,
} from './standingOf';
import styles from './ModelPage.module.css';

const icons = {
  open: <CheckIcon />,
  granted: <CheckIcon />,
  requested: <ClockIcon />,
  onRequest: <LockIcon />,
  noTenant: <WarningIcon />,
  tenantSuspended: <WarningIcon />,
  userBlocked: <WarningIcon />,
  tenantBlocked: <WarningIcon />,
  modelBlocked: <WarningIcon />,
};

/** Whether the person may call the model, what her next step is, and who else may. */
export function AccessCard(props: { model: ModelDetail }) {
  const { model } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const standing = standingOf(model);
  const { everyone, groups } = model.openTo;
  const { myAccess } = model;
  return (
    <Section
      padded
      id="access"
      title={t('model.accessTitle')}
      aside={
        <Chip tone={toneOf(standing)} icon={icons[standing]}>
          {t(`models.${standing}`)}
        </Chip>
      }
    >
      <p className={styles.lead}>
        {myAccess?.state === 'granted' &&
          t('model.accessGranted', { date: formatDate(myAccess.until) })}{' '}
        {t(`model.accessText.${textOf(model, standing)}`)}
      </p>
      <Actions model={model} standing={standing} />
      <dl className={styles.facts}>
        <dt>{t('model.whoElse')}</dt>
        <dd>
          {everyone
            ? t(
                isRefused(standing)
                  ? 'models.everyoneInTenant'
                  : 'models.everyone',
              )
            : groups.join(', ') || t('models.nobody')}
        </dd>
        {model.owner && (
          <>
            <dt>{t('model.ownerLabel')}</dt>
            <dd>
              <EntityRefLink entityRef={model.owner} defaultKind="group" />
            </dd>
          </>
        )}
      </dl>
    </Section>
  );
}

function toneOf(standing: StandingToModel): Tone {
  if (isRefused(standing)) {
    return 'warning';
  }
  return mayCall(standing) ? 'positive' : 'neutral';
}

function textOf(model: ModelDetail, standing: StandingToModel) {
  if (model.myAccess?.state === 'requested' && model.myAccess.asksBack) {
    return 'asksBack' as const;
  }
  if (standing === 'requested' || isRefused(standing)) {
    return standing;
  }
  if (standing === 'onRequest') {
    return model.myAccess ? ('requestable' as const) : ('onRequest' as const);
  }
  const answers = Boolean(model.endpoints.internal ?? model.endpoints.external);
  if (!answers) {
    return 'notReady' as const;
  }
  const only = onlyCredential(model.myAccess);
  if (only) {
    return only === 'key' ? ('readyByKey' as const) : ('readyByToken' as const);
  }
  return 'ready' as const;
}

/** The next step as a button; nothing where the portal knows of none. */
function Actions(props: { model: ModelDetail; standing: StandingToModel }) {
  const { model, standing } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useAccessLinks();
  const [dialog, setDialog] = useState<'ask' | 'key'>();
  const ref = `${model.namespace}/${model.name}`;
  const close = () => setDialog(undefined);
  // Who is in no tenant can't open the page that the link below leads to.
  if (!model.myAccess || standing === 'noTenant') {
    return null;
  }
  const needsNoKey = onlyCredential(model.myAccess) === 'token';
  return (
    <div className={styles.actions}>
      {mayCall(standing) && !needsNoKey && (
        <Button
          variant="primary"
          iconStart={<RiKey2Line />}
          onPress={() => setDialog('key')}
        >
          {t('access.createKey')}
        </Button>
      )}
      {standing === 'onRequest' && (
        <Button variant="primary" onPress={() => setDialog('ask')}>
          {t('access.requestAccess')}
        </Button>
      )}
      {standing === 'requested' && (
        <ButtonLink variant="secondary" href={links.access('requests')}>
          {t('access.made.seeRequest')}
        </ButtonLink>
      )}
      <ButtonLink
        variant="secondary"
        href={links.access('why', { model: ref })}
      >
        {t('access.why.title')}
      </ButtonLink>
      {dialog === 'ask' && <AskForAccess model={ref} onClose={close} />}
      {dialog === 'key' && <CreateKeyFor model={ref} onClose={close} />}
    </div>
  );
}
