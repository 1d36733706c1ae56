import { ButtonLink } from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelList } from '@slipway/plugin-llm-common';
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
    load: (_previous, signal) => api.listModels({ limit: 1 }, signal),
    versionOf: list => list.revision,
  });
  const list = resource.value;
  return (
    <Section
      title={t('home.title')}
      aside={<LiveIndicator resource={resource} asOf={list?.asOf} />}
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
        <dd>
          {t('home.onTheWayText', {
            pending: String(Pending),
            downloading: String(Downloading),
            starting: String(Starting),
          })}
        </dd>
      </div>
      <div>
        <dt>{t('home.needsSomebody')}</dt>
        <dd>{broken}</dd>
        <dd>
          {t('home.degradedAndError', {
            degraded: String(Degraded),
            error: String(Error),
          })}
        </dd>
      </div>
    </dl>
  );
}
