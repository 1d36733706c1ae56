import { useMemo } from 'react';
import { ServiceAccess } from '@slipway/plugin-llm-common';
import { NewKey } from '../api';
import { modelsForKey, useKeyChoices } from './useChoices';

/** A key while its fields are filled in. */
export interface KeyDraft {
  name: string;
  kind: 'personal' | 'service';
  tenant?: string;
  /** `<tenant>/<name>`. */
  service?: string;
  /** Entity ref. */
  backupOwner?: string;
  /** What was ticked; some of it may not be offered (any more). */
  models: string[];
  days: number;
}

/** What a page knows already of the key that is to be made. */
export interface KeyStart {
  /** `<namespace>/<name>`. */
  model?: string;
  tenant?: string;
  /** Name of a service of the tenant, if the key is for it. */
  service?: string;
}

/** A draft with nothing in it but what is known already, and the tenant of who is in one only. */
export function emptyDraft(
  tenants: { name: string }[],
  { model, tenant, service }: KeyStart = {},
): KeyDraft {
  const known = tenants.find(({ name }) => name === tenant)?.name;
  return {
    name: '',
    kind: service ? 'service' : 'personal',
    tenant: known ?? (tenants.length === 1 ? tenants[0].name : undefined),
    service: tenant && service ? idOf({ tenant, service }) : undefined,
    models: model ? [model] : [],
    days: 90,
  };
}

/** A model that a key may open. */
export interface KeyModel {
  model: string;
  modelId?: string;
  /** End of the grant; absent where it is open anyway. */
  until?: string;
}

/** What can be chosen for a key. */
export interface KeyOffer {
  services?: ServiceAccess[];
  /** What the key of the draft may open; absent while it is not known. */
  models?: KeyModel[];
  error?: Error;
}

/** What can be chosen for the key of a draft. */
export function useKeyOffer({ kind, tenant, service }: KeyDraft): KeyOffer {
  const { models, services, error } = useKeyChoices();
  return useMemo(
    () => ({
      services,
      models:
        kind === 'service'
          ? services?.find(each => idOf(each) === service)?.models
          : models &&
            modelsForKey(models, tenant).map(({ model, modelId, by }) => ({
              model,
              modelId,
              until: by?.kind === 'grant' ? by.until : undefined,
            })),
      error,
    }),
    [models, services, error, kind, tenant, service],
  );
}

/** Of what was ticked, what is offered. */
export function chosenOf(
  { models }: Pick<KeyDraft, 'models'>,
  offered: KeyModel[] | undefined,
): string[] {
  const known = new Set(offered?.map(({ model }) => model));
  return models.filter(model => known.has(model));
}

/** Names a service across tenants. */
export function idOf({
  tenant,
  service,
}: Pick<ServiceAccess, 'tenant' | 'service'>): string {
  return `${tenant}/${service}`;
}

/** The key, once everything that it needs is there. */
export function toKey(
  draft: KeyDraft,
  offer: KeyOffer,
  tenantCount: number,
): NewKey | undefined {
  const name = draft.name.trim();
  const models = chosenOf(draft, offer.models);
  const { backupOwner, days } = draft;
  if (!name || models.length === 0) {
    return undefined;
  }
  if (draft.kind === 'service') {
    const of = offer.services?.find(each => idOf(each) === draft.service);
    return (
      of && {
        name,
        models,
        days,
        tenant: of.tenant,
        service: of.service,
        backupOwner,
      }
    );
  }
  return draft.tenant || tenantCount <= 1
    ? { name, models, days, tenant: draft.tenant }
    : undefined;
}
