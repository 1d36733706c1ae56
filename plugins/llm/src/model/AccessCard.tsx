import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import { ModelDetail } from '@slipway/plugin-llm-common';
import { Chip } from '../components/Chip';
import { Section } from '../components/Section';
import { CheckIcon, LockIcon } from '../components/icons';
import { llmTranslationRef } from '../translation';
import styles from './ModelPage.module.css';

/** Whether the person may call the model, and who else. */
export function AccessCard(props: { model: ModelDetail }) {
  const { model } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const isOpen = model.access === 'open';
  const answers = Boolean(model.endpoints.internal ?? model.endpoints.external);
  const openText = answers
    ? t('model.accessOpenReady')
    : t('model.accessOpenNotReady');
  const { everyone, groups } = model.openTo;
  return (
    <Section
      padded
      title={t('model.accessTitle')}
      aside={
        <Chip
          tone={isOpen ? 'positive' : 'neutral'}
          icon={isOpen ? <CheckIcon /> : <LockIcon />}
        >
          {isOpen ? t('models.open') : t('models.onRequest')}
        </Chip>
      }
    >
      <p className={styles.lead}>
        {isOpen ? openText : t('model.accessOnRequest')}
      </p>
      <dl className={styles.facts}>
        <dt>{t('model.whoElse')}</dt>
        <dd>
          {everyone
            ? t('models.everyone')
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
