import { ReactElement } from 'react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelPhase } from '@slipway/plugin-llm-common';
import { llmTranslationRef } from '../translation';
import { Chip, Tone } from './Chip';
import {
  CheckIcon,
  ClockIcon,
  DownloadIcon,
  HalfIcon,
  OctagonIcon,
  RingIcon,
} from './icons';

const looks: Record<ModelPhase, { tone: Tone; icon: ReactElement }> = {
  Pending: { tone: 'neutral', icon: <ClockIcon /> },
  Downloading: { tone: 'announcement', icon: <DownloadIcon /> },
  Starting: { tone: 'announcement', icon: <RingIcon /> },
  Ready: { tone: 'positive', icon: <CheckIcon /> },
  Degraded: { tone: 'warning', icon: <HalfIcon /> },
  Error: { tone: 'negative', icon: <OctagonIcon /> },
};

/** The phase of a model as a chip. */
export function PhaseChip(props: { phase: ModelPhase }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const { tone, icon } = looks[props.phase];
  return (
    <Chip tone={tone} icon={icon}>
      {t(`phase.${props.phase}`)}
    </Chip>
  );
}
