import useAsync from 'react-use/esm/useAsync';
import { useApi } from '@backstage/frontend-plugin-api';
import {
  AccessPage,
  CallableModel,
  GrantSummary,
} from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';

/** A service that keys can be made for, with the models that its grants open. */
export interface ServiceChoice {
  tenant: string;
  name: string;
  models: { model: string; modelId?: string }[];
}

/** Models that the person may call or ask for. */
export function useCallableModels() {
  const api = useApi(accessApiRef);
  const { value, error } = useAsync(() => api.listCallableModels(), [api]);
  return { models: value, error };
}

/** The services whose grants she can make keys for: those that she asked for, and those of tenants that she owns. */
export function useServices(): ServiceChoice[] | undefined {
  const api = useApi(accessApiRef);
  const { value } = useAsync(async () => {
    const lists = await Promise.all(
      (['mine', 'owned'] as const).map(scope =>
        api
          .listGrants({ scope, state: 'active', limit: 500 })
          // Who owns nothing has no such list.
          .catch((): AccessPage<GrantSummary> => ({ items: [] })),
      ),
    );
    return servicesOf(lists.flatMap(({ items }) => items));
  }, [api]);
  return value;
}

/** The services of grants that hold, each with its models. */
export function servicesOf(grants: GrantSummary[]): ServiceChoice[] {
  const services = new Map<string, ServiceChoice>();
  for (const { tenant, subject, standing, model, modelId } of grants) {
    if (subject.kind !== 'service' || standing.state !== 'valid') {
      continue;
    }
    const key = `${tenant}/${subject.ref}`;
    const service = services.get(key) ?? {
      tenant,
      name: subject.ref,
      models: [],
    };
    if (!service.models.some(each => each.model === model)) {
      service.models.push({ model, modelId });
    }
    services.set(key, service);
  }
  return [...services.values()];
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
