import { useId, ReactElement, ReactNode } from 'react';
import {
  RiFlashlightLine,
  RiInformationLine,
  RiTeamLine,
  RiToolsLine,
} from '@remixicon/react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelFailure, ModelPhase } from '@slipway/plugin-llm-common';
import { HalfIcon, OctagonIcon } from '../components/icons';
import { formatAbsolute, formatAge, formatMinute, useNow } from '../format';
import { llmTranslationRef } from '../translation';
import styles from './FailureCard.module.css';

/** What broke, why, who can fix it and what to do: the first thing on the page of a model that is broken. */
export function FailureCard(props: {
  failure: ModelFailure;
  phase: ModelPhase;
}) {
  const { failure, phase } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const headingId = useId();
  const now = useNow(1_000);
  return (
    <section className={styles.card} aria-labelledby={headingId}>
      <div
        className={styles.banner}
        data-tone={phase === 'Error' ? 'negative' : 'warning'}
      >
        {phase === 'Error' ? <OctagonIcon /> : <HalfIcon />}
        <h2 id={headingId}>{failure.title}</h2>
        {failure.since && (
          <time dateTime={failure.since} title={formatAbsolute(failure.since)}>
            {t('model.failureSince', {
              time: formatMinute(Date.parse(failure.since)),
              ago: formatAge(now - Date.parse(failure.since)),
            })}
          </time>
        )}
      </div>
      <div className={styles.parts}>
        <Part icon={<RiToolsLine size={12} />} title={t('model.what')}>
          {failure.what}
        </Part>
        <Part icon={<RiInformationLine size={12} />} title={t('model.why')}>
          {failure.why}
        </Part>
        <Part icon={<RiTeamLine size={12} />} title={t('model.who')}>
          {failure.who}
        </Part>
        <Part icon={<RiFlashlightLine size={12} />} title={t('model.todo')}>
          <ol>
            {failure.todo.map(step => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </Part>
      </div>
    </section>
  );
}

function Part(props: {
  icon: ReactElement;
  title: string;
  children: ReactNode;
}) {
  return (
    <div className={styles.part}>
      <h3>
        <span aria-hidden="true">{props.icon}</span>
        {props.title}
      </h3>
      <div>{props.children}</div>
    </div>
  );
}
