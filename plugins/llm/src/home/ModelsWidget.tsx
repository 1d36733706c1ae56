import { ButtonLink } from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelList, ModelPhase } from '@slipway/plugin-llm-common';
import { llmApiRef } from '../api';
import { Section } from '../components/Section';
import { LiveIndicator, useLiveResource } from '../live';
import { useModelLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import styles from './ModelsWidget.module.css';

/** Home: how many of the models that I may see are Ready, on the way, and in need of somebody. */
export function ModelsWidget() {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(llmApiRef);
  const links = useModelLinks();
  const resource = useLiveResource<ModelList>({
    key: 'home',
    followsModels: true,
    load: (_previous, signal) => api.listModels({ limit: 1 }, signal),
    versionOf: list => list.revision,
  });
  const list = resource.value;
  return (
    <Section
      title={t('home.title')}
      aside={
        <LiveIndicator resource={resource} silentForMs={list?.silentForMs} />
      }
    >
      {list && <Numbers list={list} />}
      {!list && resource.error && (
        <p className={styles.text}>{t('home.failed')}</p>
      )}
      <div className={styles.foot}>
        <ButtonLink variant="secondary" href={links.models()}>
          {t('home.seeAll')}
        </ButtonLink>
      </div>
    </Section>
  );
}

function Numbers(props: { list: ModelList }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const { Pending, Downloading, Starting, Ready, Degraded, Error } =
    props.list.phaseCounts;
  const onTheWay = Pending + Downloading + Starting;
  const broken = Degraded + Error;
  const total = onTheWay + Ready + broken;
  if (total === 0) {
    return <p className={styles.text}>{t('home.none')}</p>;
  }
  const parts = (phases: ModelPhase[]) =>
    phases
      .filter(phase => props.list.phaseCounts[phase] > 0)
      .map(phase =>
        t('home.countOf', {
          number: String(props.list.phaseCounts[phase]),
          phase: t(`phase.${phase}`),
        }),
      )
      .join(', ');
  return (
    <dl className={styles.numbers}>
      <div>
        <dt>{t('home.readyLabel')}</dt>
        <dd>
          {t('home.ready', { ready: String(Ready), total: String(total) })}
        </dd>
      </div>
      <div>
        <dt>{t('home.onTheWay')}</dt>
        <dd>{onTheWay}</dd>
        <dd>{parts(['Pending', 'Downloading', 'Starting'])}</dd>
      </div>
      <div>
        <dt>{t('home.needsSomebody')}</dt>
        <dd>{broken}</dd>
        <dd>{parts(['Degraded', 'Error'])}</dd>
      </div>
    </dl>
  );
}
