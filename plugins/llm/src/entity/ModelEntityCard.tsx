import { ButtonLink } from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { useEntity } from '@backstage/plugin-catalog-react';
import { ModelDetail } from '@slipway/plugin-llm-common';
import { llmApiRef, ModelKey } from '../api';
import { Delayed } from '../components/Delayed';
import { PhaseChip } from '../components/PhaseChip';
import { ProgressBar } from '../components/ProgressBar';
import { Section } from '../components/Section';
import { useNow } from '../format';
import { LiveIndicator, StaleBanner, statusOf, useLiveResource } from '../live';
import { stageText } from '../models/stageText';
import { useModelLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import { MODEL_ANNOTATION, parseModelAnnotation } from './modelAnnotation';
import styles from './ModelEntityCard.module.css';

/** The model behind a catalog entity: its phase, its stage in words, and the way to its page. */
export function ModelEntityCard() {
  const { entity } = useEntity();
  const key = parseModelAnnotation(
    entity.metadata.annotations?.[MODEL_ANNOTATION],
  );
  return key ? <ModelCard modelKey={key} /> : null;
}

function ModelCard(props: { modelKey: ModelKey }) {
  const { namespace, name } = props.modelKey;
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useModelLinks();
  const api = useApi(llmApiRef);
  const resource = useLiveResource<ModelDetail>({
    key: `${namespace}/${name}`,
    followsModels: true,
    load: (_previous, signal) => api.getModel({ namespace, name }, signal),
  });
  const { value: model, error } = resource;
  return (
    <Section
      padded
      title={t('entity.title')}
      aside={<LiveIndicator resource={resource} />}
    >
      <StaleBanner resource={resource} />
      {model && <ModelSummaryText model={model} />}
      {!model && error && (
        <p className={styles.text}>
          {statusOf(error) === 404 ? t('entity.gone') : t('entity.unknown')}
        </p>
      )}
      {!model && !error && (
        <Delayed>
          <p className={styles.text} role="status">
            {t('state.loading')}
          </p>
        </Delayed>
      )}
      {model && (
        <ButtonLink variant="secondary" href={links.model({ namespace, name })}>
          {t('entity.open')}
        </ButtonLink>
      )}
    </Section>
  );
}

function ModelSummaryText(props: { model: ModelDetail }) {
  const { model } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const now = useNow(1_000);
  const text = stageText(model, now, t);
  const { download } = model;
  return (
    <div className={styles.summary}>
      <PhaseChip phase={model.phase} />
      <p className={styles.text}>{model.failure?.title ?? text}</p>
      {model.phase === 'Downloading' && download?.bytesTotal !== undefined && (
        <ProgressBar
          label={t('stage.download')}
          text={text}
          done={download.bytesDone}
          total={download.bytesTotal}
        />
      )}
    </div>
  );
}
