import { ModelSummary } from '@slipway/plugin-llm-common';

/** How a person stands to a model, in the words of the Models page. */
export type StandingToModel = 'open' | 'granted' | 'requested' | 'onRequest';

/** How a person stands to a model: by what she holds or asked for, else by the model's own `spec.access`. */
export function standingOf(
  model: Pick<ModelSummary, 'access' | 'myAccess'>,
): StandingToModel {
  switch (model.myAccess?.state) {
    case 'open':
      return 'open';
    case 'granted':
      return 'granted';
    case 'requested':
      return 'requested';
    case 'requestable':
      return 'onRequest';
    default:
      return model.access === 'open' ? 'open' : 'onRequest';
  }
}
