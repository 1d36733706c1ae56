import { useState } from 'react';
import { Button } from '@backstage/ui';
import {
  TranslationFunction,
  useTranslationRef,
} from '@backstage/frontend-plugin-api';
import { ModelDetail, ModelPod } from '@slipway/plugin-llm-common';
import { Chip, Tone } from '../components/Chip';
import { Section } from '../components/Section';
import { CheckIcon, ClockIcon, CrossIcon, RingIcon } from '../components/icons';
import table from '../components/table.module.css';
import { Age, gpuVendor, useNow } from '../format';
import { llmTranslationRef } from '../translation';
import { LogDialog } from './LogDialog';

type Translate = TranslationFunction<(typeof llmTranslationRef)['T']>;

/** The pods of a model, where they run and why not, and their logs. */
export function PodsCard(props: { model: ModelDetail }) {
  const { model } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const now = useNow(1_000);
  const [logOf, setLogOf] = useState<ModelPod>();
  return (
    <Section title={t('model.podsTitle')} id="pods">
      {model.pods.length === 0 ? (
        <p className={table.empty}>{t('model.podsNone')}</p>
      ) : (
        <table className={table.table}>
          <caption className={table.hidden}>{t('model.podsTitle')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('model.pod')}</th>
              <th scope="col">{t('model.podState')}</th>
              <th scope="col">{t('model.node')}</th>
              <th scope="col">{t('model.gpus')}</th>
              <th scope="col" className={`${table.number} ${table.wide}`}>
                {t('model.restarts')}
              </th>
              <th scope="col" className={`${table.number} ${table.wide}`}>
                {t('model.age')}
              </th>
              <th scope="col">
                <span className={table.hidden}>{t('model.log')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {inOrder(model.pods).map(pod => (
              <tr key={pod.name}>
                <td>
                  <div className={table.mono}>{pod.name}</div>
                  <div className={table.small}>
                    {t(`model.podRole.${pod.role}`)}
                  </div>
                </td>
                <td>
                  <PodState pod={pod} />
                </td>
                <td className={table.nowrap}>
                  {pod.node ?? (
                    <span className={table.secondary}>{t('model.noNode')}</span>
                  )}
                </td>
                <td className={table.nowrap}>{gpusOf(pod, model, t)}</td>
                <td className={`${table.number} ${table.wide}`}>
                  {pod.restarts}
                </td>
                <td
                  className={`${table.number} ${table.wide} ${table.secondary}`}
                >
                  <Age since={pod.createdAt} nowMs={now} />
                </td>
                <td className={table.number}>
                  <Button
                    size="small"
                    variant="secondary"
                    aria-label={t('model.showLog', { pod: pod.name })}
                    onPress={() => setLogOf(pod)}
                  >
                    {t('model.log')}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {logOf && (
        <LogDialog
          model={model}
          pod={logOf}
          onClose={() => setLogOf(undefined)}
        />
      )}
    </Section>
  );
}

const roles: readonly ModelPod['role'][] = [
  'server',
  'download',
  'endpoint-picker',
];

/** What answers calls first. */
function inOrder(pods: ModelPod[]): ModelPod[] {
  return roles.flatMap(role => pods.filter(pod => pod.role === role));
}

function PodState(props: { pod: ModelPod }) {
  const { pod } = props;
  const [tone, icon] = lookOf(pod);
  return (
    <>
      <Chip tone={tone} icon={icon}>
        {pod.state}
      </Chip>
      {pod.message && <div className={table.small}>{pod.message}</div>}
    </>
  );
}

function lookOf(pod: ModelPod): [Tone, JSX.Element] {
  if (/BackOff|Err|Failed|OOM|Invalid|Evicted/.test(pod.state)) {
    return ['negative', <CrossIcon key="icon" />];
  }
  if (pod.ready || /^(Completed|Succeeded)$/.test(pod.state)) {
    return ['positive', <CheckIcon key="icon" />];
  }
  return pod.state === 'Pending'
    ? ['neutral', <ClockIcon key="icon" />]
    : ['announcement', <RingIcon key="icon" />];
}

function gpusOf(pod: ModelPod, model: ModelDetail, t: Translate): string {
  return pod.gpus === 0
    ? t('model.none')
    : t('models.gpus', {
        number: String(pod.gpus),
        vendor: gpuVendor(model.gpus.type),
      });
}
