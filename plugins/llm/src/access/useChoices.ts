import useAsync from 'react-use/esm/useAsync';
import { useApi } from '@backstage/frontend-plugin-api';
import { CallableModel } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';

/** Models that the person may call or ask for; one that she has grants for in two tenants comes once for each. */
export function useCallableModels() {
  const api = useApi(accessApiRef);
  const { value, error } = useAsync(() => api.listCallableModels(), [api]);
  return { models: value, error };
}

/** The same, and the services that she may make keys for, each with the models that such a key may call. */
export function useKeyChoices() {
  const api = useApi(accessApiRef);
  const { value, error } = useAsync(() => api.listChoices(), [api]);
  return { models: value?.items, services: value?.services, error };
}

/** Each model once, however many tenants it was granted in. */
export function eachOnce<T extends { model: string }>(models: T[]): T[] {
  const seen = new Set<string>();
  return models.filter(({ model }) => !seen.has(model) && seen.add(model));
}

/** The models that a personal key of a tenant may open: those that are open to her, and those of her grants there. */
export function modelsForKey(
  models: CallableModel[],
  tenant: string | undefined,
): CallableModel[] {
  return eachOnce(
    models.filter(
      ({ by, tenant: of }) =>
        by?.kind === 'open' ||
        (by?.kind === 'grant' &&
          (tenant === undefined || of === undefined || of === tenant)),
    ),
  );
}
