import { ReactElement } from 'react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelDetail } from '@slipway/plugin-llm-common';
import { Chip, Tone } from '../components/Chip';
import { Section } from '../components/Section';
import { CheckIcon, ClockIcon, CrossIcon, DashIcon } from '../components/icons';
import table from '../components/table.module.css';
import { Age, useNow } from '../format';
import { llmTranslationRef } from '../translation';
import { brokenFirst, ConditionMeaning, meaningOf } from './conditionMeaning';
import styles from './ConditionsCard.module.css';

const looks: Record<ConditionMeaning, { tone: Tone; icon: ReactElement }> = {
  ok: { tone: 'positive', icon: <CheckIcon /> },
  waiting: { tone: 'neutral', icon: <ClockIcon /> },
  broken: { tone: 'negative', icon: <CrossIcon /> },
  unknown: { tone: 'neutral', icon: <DashIcon /> },
};

/** The conditions of a model in the order in which it goes through them, the broken ones first. */
export function ConditionsCard(props: { model: ModelDetail }) {
  const { conditions, generation, observedGeneration } = props.model;
  const { t } = useTranslationRef(llmTranslationRef);
  const now = useNow(1_000);
  const rows = brokenFirst(conditions);
  const isBehind =
    observedGeneration !== undefined && observedGeneration < generation;
  const notes = [
    rows.some(row => meaningOf(row) === 'broken') && t('model.brokenFirst'),
    isBehind &&
      t('model.behindGeneration', {
        observed: String(observedGeneration),
        generation: String(generation),
      }),
    !isBehind &&
      observedGeneration !== undefined &&
      t('model.observedGeneration', { generation: String(observedGeneration) }),
  ];
  return (
    <Section
      title={t('model.conditionsTitle')}
      note={notes.filter(Boolean).join(', ')}
    >
      {rows.length === 0 ? (
        <p className={table.empty}>{t('model.conditionsNone')}</p>
      ) : (
        <table className={`${table.table} ${styles.table}`}>
          <caption className={table.hidden}>
            {t('model.conditionsTitle')}
          </caption>
          <thead>
            <tr>
              <th scope="col">{t('model.condition')}</th>
              <th scope="col">{t('model.statusReason')}</th>
              <th scope="col">{t('model.says')}</th>
              <th scope="col" className={table.number}>
                {t('model.since')}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(condition => {
              const look = looks[meaningOf(condition)];
              return (
                <tr key={condition.type}>
                  <td className={`${table.strong} ${table.text}`}>
                    {condition.type}
                  </td>
                  <td>
                    <Chip tone={look.tone} icon={look.icon}>
                      {condition.status}
                    </Chip>
                    <div className={table.small}>{condition.reason}</div>
                  </td>
                  <td className={table.text}>{condition.message}</td>
                  <td className={`${table.number} ${table.secondary}`}>
                    <Age since={condition.lastTransitionTime} nowMs={now} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </Section>
  );
}
