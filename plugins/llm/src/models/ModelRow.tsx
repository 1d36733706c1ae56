import { forwardRef, memo, ReactElement } from 'react';
import { TranslationFunction } from '@backstage/frontend-plugin-api';
import { ModelSummary } from '@slipway/plugin-llm-common';
import { PhaseChip } from '../components/PhaseChip';
import { ProgressBar } from '../components/ProgressBar';
import {
  CheckIcon,
  ClockIcon,
  LockIcon,
  WarningIcon,
} from '../components/icons';
import tableStyles from '../components/table.module.css';
import { Age, formatDate, gpuVendor } from '../format';
import { isRefused, standingOf } from '../model/standingOf';
import { PageLink } from '../navigation';
import { llmTranslationRef } from '../translation';
import { nextStepOf, NextStep } from './nextStep';
import { stageText } from './stageText';
import styles from './ModelsTable.module.css';

type Translate = TranslationFunction<(typeof llmTranslationRef)['T']>;

/**
 * One model. It is drawn often while one scrolls through thousands: it asks no hook for anything and its links are plain.
 */
export const ModelRow = memo(
  forwardRef<
    HTMLTableRowElement,
    {
      index: number;
      model: ModelSummary;
      href: string;
      /** Where her requests are. */
      requestsHref: string;
      now: number;
      t: Translate;
      onAsk(model: ModelSummary): void;
    }
  >(function Row({ index, model, href, requestsHref, now, t, onAsk }, ref) {
    const step = nextStepOf(model);
    return (
      <tr ref={ref} data-index={index} aria-rowindex={index + 2}>
        <td>
          <PageLink to={href} className={styles.name}>
            {model.name}
          </PageLink>
          <div className={tableStyles.small}>{model.modelId}</div>
        </td>
        <td>
          <PhaseCell model={model} now={now} t={t} />
        </td>
        <td
          className={tableStyles.number}
          aria-label={t('models.replicas', {
            ready: String(model.replicas.ready),
            desired: String(model.replicas.desired),
          })}
        >
          {model.replicas.ready}/{model.replicas.desired}
        </td>
        <td className={tableStyles.nowrap}>{gpusText(model, t)}</td>
        <td className={tableStyles.wide}>{openToText(model, t)}</td>
        <td className={`${tableStyles.wide} ${tableStyles.nowrap}`}>
          <Endpoints model={model} t={t} />
        </td>
        <td
          className={`${tableStyles.number} ${tableStyles.wide} ${tableStyles.secondary}`}
        >
          <Age since={model.createdAt} nowMs={now} />
        </td>
        <td>
          <NextStepCell
            step={step}
            href={hrefOf(step, href, requestsHref)}
            name={model.name}
            t={t}
            onAsk={() => onAsk(model)}
          />
        </td>
      </tr>
    );
  }),
);

function PhaseCell(props: { model: ModelSummary; now: number; t: Translate }) {
  const { model, now, t } = props;
  const text = stageText(model, now, t);
  const { download } = model;
  return (
    <>
      <div className={styles.phase}>
        <PhaseChip phase={model.phase} />
        {download?.bytesTotal !== undefined &&
          model.phase === 'Downloading' && (
            <ProgressBar
              thin
              label={t('stage.download')}
              text={text}
              done={download.bytesDone}
              total={download.bytesTotal}
            />
          )}
      </div>
      <div className={`${tableStyles.small} ${styles.stage}`} title={text}>
        {text}
      </div>
    </>
  );
}

function Endpoints(props: { model: ModelSummary; t: Translate }) {
  const { t } = props;
  const { external, internal } = props.model.endpoints;
  if (!external && !internal) {
    return (
      <span className={tableStyles.secondary}>{t('models.endpointsNone')}</span>
    );
  }
  const names = [
    external && t('models.endpointExternal'),
    internal && t('models.endpointInternal'),
  ];
  return (
    <abbr className={styles.hint} title={t('models.endpointsHint')}>
      {names.filter(Boolean).join(', ')}
    </abbr>
  );
}

const icons: Record<NextStep['access'], ReactElement> = {
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

function NextStepCell(props: {
  step: NextStep;
  href: string;
  name: string;
  t: Translate;
  onAsk(): void;
}) {
  const { step, t } = props;
  const action = t(`models.${step.action}`);
  return (
    <div className={styles.next}>
      <div>
        <div className={styles.access} data-tone={step.tone}>
          {icons[step.access]}
          {t(`models.${step.access}`)}
        </div>
        <div className={tableStyles.small}>
          {step.until &&
            t('models.grantedTo', { date: formatDate(step.until) })}
          {t(`models.${step.hint}`)}
        </div>
      </div>
      {step.action === 'ask' ? (
        <button
          type="button"
          className={styles.action}
          aria-label={`${action}: ${props.name}`}
          onClick={props.onAsk}
        >
          {action}
        </button>
      ) : (
        <PageLink
          to={props.href}
          className={styles.action}
          aria-label={`${action}: ${props.name}`}
        >
          {action}
        </PageLink>
      )}
    </div>
  );
}

function hrefOf(step: NextStep, href: string, requestsHref: string): string {
  if (step.action === 'seeRequest' || step.action === 'answer') {
    return requestsHref;
  }
  return step.anchor ? `${href}#${step.anchor}` : href;
}

function gpusText(model: ModelSummary, t: Translate): string {
  const { total, type } = model.gpus;
  return total === 0
    ? t('models.gpusNone')
    : t('models.gpus', { number: String(total), vendor: gpuVendor(type) });
}

function openToText(model: ModelSummary, t: Translate): string {
  const { everyone, groups } = model.openTo;
  if (everyone) {
    return t(
      isRefused(standingOf(model))
        ? 'models.everyoneInTenant'
        : 'models.everyone',
    );
  }
  if (groups.length === 0) {
    return t('models.nobody');
  }
  return groups.length <= 2
    ? groups.join(', ')
    : t('models.groupsMore', {
        first: groups[0],
        number: String(groups.length - 1),
      });
}
