import { ModelSummary } from '@slipway/plugin-llm-common';
import { Tone } from '../components/Chip';
import {
  isRefused,
  RefusedStanding,
  standingOf,
  StandingToModel,
} from '../model/standingOf';

/** What the person may do with a model, as keys of the translation and the part of the portal that helps. */
export interface NextStep {
  tone: Tone;
  access: StandingToModel;
  hint:
    | `${RefusedStanding}Hint`
    | 'openCallable'
    | 'openNotYet'
    | 'openBroken'
    | 'onRequestHint'
    | 'requestedHint'
    | 'asksBackHint';
  action:
    | 'callIt'
    | 'seeProgress'
    | 'seeWhy'
    | 'details'
    | 'ask'
    | 'seeRequest'
    | 'answer';
  /** Id of the section of the model's page to go to. */
  anchor?: string;
  /** Until when she may call it; ISO 8601. */
  until?: string;
}

/** The next step with a model: call it, wait for it, ask for it, or see what is wrong. */
export function nextStepOf(
  model: Pick<ModelSummary, 'access' | 'myAccess' | 'phase' | 'endpoints'>,
): NextStep {
  const { myAccess, phase } = model;
  const access = standingOf(model);
  if (isRefused(access)) {
    return {
      tone: 'warning',
      access,
      hint: `${access}Hint`,
      action: detailsOf(phase),
    };
  }
  switch (access) {
    case 'requested':
      if (myAccess?.state === 'requested' && myAccess.asksBack) {
        return {
          tone: 'warning',
          access,
          hint: 'asksBackHint',
          action: 'answer',
        };
      }
      return {
        tone: 'neutral',
        access,
        hint: 'requestedHint',
        action: 'seeRequest',
      };
    case 'onRequest':
      return {
        tone: 'neutral',
        access,
        hint: 'onRequestHint',
        action: myAccess?.state === 'requestable' ? 'ask' : detailsOf(phase),
      };
    default:
      return {
        tone: 'positive',
        access,
        until: myAccess?.state === 'granted' ? myAccess.until : undefined,
        ...callStep(model),
      };
  }
}

/** What to do with a model that she may call. */
function callStep(
  model: Pick<ModelSummary, 'phase' | 'endpoints'>,
): Pick<NextStep, 'hint' | 'action' | 'anchor'> {
  if (model.endpoints.external ?? model.endpoints.internal) {
    return { hint: 'openCallable', action: 'callIt', anchor: 'call' };
  }
  const broken = model.phase === 'Error' || model.phase === 'Degraded';
  return broken
    ? { hint: 'openBroken', action: 'seeWhy' }
    : { hint: 'openNotYet', action: 'seeProgress' };
}

function detailsOf(phase: ModelSummary['phase']): 'seeWhy' | 'details' {
  return phase === 'Error' ? 'seeWhy' : 'details';
}
