import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelDetail } from '@slipway/plugin-llm-common';
import { Section } from '../components/Section';
import {
  formatAbsolute,
  formatAge,
  formatClock,
  gpuVendor,
  useNow,
} from '../format';
import { llmTranslationRef } from '../translation';
import styles from './ModelPage.module.css';

/** Facts that don't change while the page is open. */
export function AboutCard(props: { model: ModelDetail }) {
  const { model } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const now = useNow(1_000);
  const { perReplica, type } = model.gpus;
  const gpus =
    perReplica === 0
      ? t('models.gpusNone')
      : t('models.gpus', {
          number: String(perReplica),
          vendor: gpuVendor(type),
        });
  return (
    <Section padded title={t('model.aboutTitle')}>
      <dl className={styles.facts}>
        <dt>{t('model.modelId')}</dt>
        <dd className={styles.mono}>{model.modelId}</dd>
        <dt>{t('model.source')}</dt>
        <dd>{model.source.reference}</dd>
        {model.source.type === 'huggingface' && (
          <>
            <dt>{t('model.revision')}</dt>
            <dd className={model.source.revision && styles.mono}>
              {model.source.revision ?? t('model.latest')}
            </dd>
          </>
        )}
        <dt>{t('model.shape')}</dt>
        <dd>{t('model.shapeText', { count: model.replicas.desired, gpus })}</dd>
        <dt>{t('model.resource')}</dt>
        <dd className={styles.mono}>
          {model.namespace}/{model.name}
        </dd>
        <dt>{t('model.created')}</dt>
        <dd>
          <time
            dateTime={model.createdAt}
            title={formatAbsolute(model.createdAt)}
          >
            {t('model.createdText', {
              date: formatClock(model.createdAt, now),
              ago: formatAge(now - Date.parse(model.createdAt)),
            })}
          </time>
        </dd>
      </dl>
    </Section>
  );
}
