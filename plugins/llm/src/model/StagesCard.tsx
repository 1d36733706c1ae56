import { ReactElement, ReactNode } from 'react';
import {
  TranslationFunction,
  useTranslationRef,
} from '@backstage/frontend-plugin-api';
import { ModelDetail, ModelStage } from '@slipway/plugin-llm-common';
import { ProgressBar } from '../components/ProgressBar';
import { Section } from '../components/Section';
import { Step, StepList } from '../components/StepList';
import {
  CheckIcon,
  ClockIcon,
  DownloadIcon,
  RingIcon,
} from '../components/icons';
import {
  formatAbsolute,
  formatBytes,
  formatBytesOf,
  formatDuration,
  formatEstimate,
  useNow,
} from '../format';
import { LiveIndicator, LiveResource } from '../live';
import { llmTranslationRef } from '../translation';
import { useDownloadRate } from './useDownloadRate';
import styles from './StagesCard.module.css';

type Translate = TranslationFunction<(typeof llmTranslationRef)['T']>;

const icons: Record<ModelStage['name'], ReactElement> = {
  Pending: <ClockIcon />,
  Downloading: <DownloadIcon />,
  Starting: <RingIcon />,
  Ready: <CheckIcon />,
};

/** The way to Ready: what is done and how long it took, what happens now and why, what comes. */
export function StagesCard(props: {
  model: ModelDetail;
  resource: LiveResource<ModelDetail>;
}) {
  const { model, resource } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const now = useNow(1_000);
  const steps: Step[] = model.stages.map(stage => ({
    key: stage.name,
    title: t(`model.stageName.${stage.name}`),
    state: stage.state,
    stateLabel: t(`model.stageState.${stage.state}`),
    duration: durationOf(stage, now, t),
    text: textOf(stage, model.failure),
    icon: icons[stage.name],
  }));
  return (
    <Section
      title={t('model.stagesTitle')}
      aside={<LiveIndicator resource={resource} />}
    >
      <StepList label={t('model.stagesTitle')} steps={steps} />
      {model.phase === 'Downloading' && model.download && (
        <Download model={model} heardAt={resource.heardAt} t={t} />
      )}
    </Section>
  );
}

/** What the card above says in full is here named only. */
function textOf(stage: ModelStage, failure: ModelDetail['failure']): string {
  return failure && stage.text === failure.why ? failure.title : stage.text;
}

function durationOf(stage: ModelStage, nowMs: number, t: Translate): ReactNode {
  if (stage.state === 'ahead' || !stage.startedAt) {
    return t('model.notReached');
  }
  const end = stage.endedAt ? Date.parse(stage.endedAt) : nowMs;
  // Ready is not something that takes time: it says since when.
  if (stage.name === 'Ready' && stage.state === 'done') {
    const since = stage.endedAt ?? stage.startedAt;
    return (
      <time dateTime={since} title={formatAbsolute(since)}>
        {t('stage.servingFor', {
          duration: formatDuration(nowMs - Date.parse(since)),
        })}
      </time>
    );
  }
  return (
    <time dateTime={stage.startedAt} title={formatAbsolute(stage.startedAt)}>
      {formatDuration(end - Date.parse(stage.startedAt))}
    </time>
  );
}

function Download(props: {
  model: ModelDetail;
  heardAt: number | undefined;
  t: Translate;
}) {
  const { model, heardAt, t } = props;
  const stage = model.stages.find(({ name }) => name === 'Downloading');
  const rate = useDownloadRate(model.download, heardAt, stage?.startedAt);
  const { download, source } = model;
  if (!download) {
    return null;
  }
  const { bytesDone, bytesTotal } = download;
  const bytes =
    bytesTotal === undefined
      ? t('model.bytesDone', { bytes: formatBytes(bytesDone) })
      : formatBytesOf(bytesDone, bytesTotal);
  const reference = source.revision
    ? `${source.reference} @ ${source.revision}`
    : source.reference;
  return (
    <div className={styles.now}>
      <div className={styles.words}>
        <div>
          <div className={styles.big}>{bytes}</div>
          <div className={styles.secondary}>
            {t('model.fetching', { reference })}
          </div>
        </div>
        {rate && (
          <div className={styles.right}>
            {rate.leftMs !== undefined && (
              <div className={styles.big}>
                {capitalize(
                  t('model.timeLeft', {
                    estimate: formatEstimate(rate.leftMs),
                  }),
                )}
              </div>
            )}
            <div className={styles.secondary}>
              {t('model.rate', {
                rate: formatBytes(rate.bytesPerSecond),
                span: formatDuration(rate.spanMs),
              })}
            </div>
          </div>
        )}
      </div>
      {bytesTotal !== undefined && (
        <ProgressBar
          label={t('stage.download')}
          text={bytes}
          done={bytesDone}
          total={bytesTotal}
        />
      )}
    </div>
  );
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
