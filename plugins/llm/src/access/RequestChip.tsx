import { ReactElement } from 'react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestSummary } from '@slipway/plugin-llm-common';
import { Chip, Tone } from '../components/Chip';
import {
  CheckIcon,
  ClockIcon,
  CrossIcon,
  DashIcon,
  QuestionIcon,
} from '../components/icons';
import { llmTranslationRef } from '../translation';

type Look = { tone: Tone; icon: ReactElement; label: ChipLabel };
type ChipLabel =
  | 'pending'
  | 'askedBack'
  | 'asksYou'
  | 'approved'
  | 'rejected'
  | 'withdrawn'
  | 'expired';

const decided: Record<Exclude<RequestSummary['state'], 'pending'>, Look> = {
  approved: { tone: 'positive', icon: <CheckIcon />, label: 'approved' },
  rejected: { tone: 'negative', icon: <CrossIcon />, label: 'rejected' },
  withdrawn: { tone: 'neutral', icon: <DashIcon />, label: 'withdrawn' },
  expired: { tone: 'neutral', icon: <ClockIcon />, label: 'expired' },
};

function lookOf(request: RequestSummary): Look {
  if (request.state !== 'pending') {
    return decided[request.state];
  }
  if (request.waitsFor === 'approvers') {
    return { tone: 'neutral', icon: <ClockIcon />, label: 'pending' };
  }
  return {
    tone: 'announcement',
    icon: <QuestionIcon />,
    label: request.mySteps.includes('answer') ? 'asksYou' : 'askedBack',
  };
}

/** Where a request stands, as a chip. */
export function RequestChip(props: { request: RequestSummary }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const { tone, icon, label } = lookOf(props.request);
  return (
    <Chip tone={tone} icon={icon}>
      {t(`access.request.${label}`)}
    </Chip>
  );
}
