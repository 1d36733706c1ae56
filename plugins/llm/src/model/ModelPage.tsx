import { useEffect, useRef } from 'react';
import { RiBox3Line } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelDetail } from '@slipway/plugin-llm-common';
import { llmApiRef } from '../api';
import { ErrorState } from '../components/ErrorState';
import { PageHeader } from '../components/PageHeader';
import { PhaseChip } from '../components/PhaseChip';
import { ModelBlockNotice, TenantNotice } from '../components/TenantNotice';
import { LiveResource, StaleBanner, useLiveResource } from '../live';
import { useModelLinks } from '../navigation';
import { useStanding } from '../standing';
import { llmTranslationRef } from '../translation';
import { AboutCard } from './AboutCard';
import { AccessCard } from './AccessCard';
import { CatalogLink } from './CatalogLink';
import { CallCard } from './CallCard';
import { ConditionsCard } from './ConditionsCard';
import { EventsCard } from './EventsCard';
import { FailureCard } from './FailureCard';
import { ModelSkeleton } from './ModelSkeleton';
import { ObjectsCard } from './ObjectsCard';
import { PodsCard } from './PodsCard';
import { StagesCard } from './StagesCard';
import { standingOf } from './standingOf';
import styles from './ModelPage.module.css';

/** When can I call it, and with what? And if not: what broke, why, who fixes it, what to do. */
export function ModelPage(props: { namespace: string; name: string }) {
  const { namespace, name } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useModelLinks();
  const api = useApi(llmApiRef);
  const resource = useLiveResource<ModelDetail>({
    key: `${namespace}/${name}`,
    followsModels: true,
    load: (_previous, signal) => api.getModel({ namespace, name }, signal),
  });
  const model = resource.value;
  const { standing } = useStanding();
  useScrollToHash(model !== undefined);

  return (
    <>
      <PageHeader
        icon={<RiBox3Line />}
        // Of a model that can't be shown only the address is known, and that is not repeated as if it were one.
        title={model?.name ?? (resource.error ? t('models.title') : name)}
        breadcrumb={
          resource.error && !model
            ? undefined
            : {
                label: t('model.breadcrumb'),
                name: t('models.title'),
                href: links.models(),
              }
        }
        chip={model && <PhaseChip phase={model.phase} />}
        actions={model && <CatalogLink model={model} />}
      />
      <main className={styles.page}>
        <TenantNotice standing={standing} />
        {model && standingOf(model) === 'modelBlocked' && (
          <ModelBlockNotice standing={standing} />
        )}
        <StaleBanner resource={resource} />
        {!model && resource.error && (
          <div className={styles.card}>
            <ErrorState
              error={resource.error}
              title={t('state.modelErrorTitle')}
              retry={resource.retry}
            />
          </div>
        )}
        {!model && !resource.error && <ModelSkeleton />}
        {model && <Overview model={model} resource={resource} />}
      </main>
    </>
  );
}

function Overview(props: {
  model: ModelDetail;
  resource: LiveResource<ModelDetail>;
}) {
  const { model, resource } = props;
  return (
    <>
      {model.failure && (
        <FailureCard failure={model.failure} phase={model.phase} />
      )}
      <div className={styles.columns}>
        <div className={`${styles.column} ${styles.first}`}>
          <StagesCard model={model} resource={resource} />
        </div>
        <div className={`${styles.column} ${styles.aside}`}>
          <AccessCard model={model} />
          <CallCard model={model} />
          <AboutCard model={model} />
        </div>
        <div className={`${styles.column} ${styles.rest}`}>
          <ConditionsCard model={model} />
          <PodsCard model={model} />
          <EventsCard events={model.events} />
          <ObjectsCard model={model} />
        </div>
      </div>
    </>
  );
}

/** A link to a part of the page goes there once that part is there. */
function useScrollToHash(isThere: boolean) {
  const done = useRef(false);
  useEffect(() => {
    if (isThere && !done.current) {
      done.current = true;
      const id = window.location.hash.slice(1);
      if (id) {
        document.getElementById(id)?.scrollIntoView?.();
      }
    }
  }, [isThere]);
}
