import useAsync from 'react-use/esm/useAsync';
import { useApi } from '@backstage/frontend-plugin-api';
import { CallableModel } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';

/** Models that the person may call or ask for. */
export function useCallableModels() {
  const api = useApi(accessApiRef);
  const { value, error } = useAsync(() => api.listCallableModels(), [api]);
  return { models: value, error };
}

/** The services that she may make keys for, each with the models that such a key may call. */
export function useServices() {
  const api = useApi(accessApiRef);
  const { value, error } = useAsync(() => api.listServices(), [api]);
  return { services: value, error };
}

/** The models that a personal key of a tenant may open: those that are open to her, and those of her grants there. */
export function modelsForKey(
  models: CallableModel[],
  tenant: string | undefined,
): CallableModel[] {
  return models.filter(
    ({ by, tenant: of }) =>
      by?.kind === 'open' ||
      (by?.kind === 'grant' &&
        (tenant === undefined || of === undefined || of === tenant)),
  );
}
