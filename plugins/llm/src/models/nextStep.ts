import { ModelSummary } from '@slipway/plugin-llm-common';
import { Tone } from '../components/Chip';

/** What the person may do with a model, as keys of the translation and the part of the model's page that helps. */
export interface NextStep {
  tone: Tone;
  access: 'open' | 'onRequest';
  hint: 'openCallable' | 'openNotYet' | 'openBroken' | 'onRequestHint';
  action: 'callIt' | 'seeProgress' | 'seeWhy' | 'details';
  /** Id of the section to go to. */
  anchor?: string;
}

/** The next step with a model: call it, wait for it, or see what is wrong. */
export function nextStepOf(
  model: Pick<ModelSummary, 'access' | 'phase' | 'endpoints'>,
): NextStep {
  if (model.access === 'on-request') {
    return {
      tone: 'neutral',
      access: 'onRequest',
      hint: 'onRequestHint',
      action: model.phase === 'Error' ? 'seeWhy' : 'details',
    };
  }
  const answers = model.endpoints.external ?? model.endpoints.internal;
  if (answers) {
    return {
      tone: 'positive',
      access: 'open',
      hint: 'openCallable',
      action: 'callIt',
      anchor: 'call',
    };
  }
  const broken = model.phase === 'Error' || model.phase === 'Degraded';
  return {
    tone: 'positive',
    access: 'open',
    hint: broken ? 'openBroken' : 'openNotYet',
    action: broken ? 'seeWhy' : 'seeProgress',
  };
}
