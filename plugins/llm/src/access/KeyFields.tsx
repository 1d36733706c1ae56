import { Alert, Radio, RadioGroup, Select, TextField } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ServiceAccess } from '@slipway/plugin-llm-common';
import { NewKey } from '../api';
import { DaysSelect } from '../components/DaysSelect';
import { messageOf } from '../components/ErrorState';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { keyDays, NAME_LENGTH } from './choices';
import { KeyModelsField } from './KeyModelsField';
import { MemberField } from './MemberField';
import { modelsForKey, useCallableModels, useServices } from './useChoices';

/** A key while its fields are filled in. */
export interface KeyDraft {
  name: string;
  kind: 'personal' | 'service';
  tenant?: string;
  /** `<tenant>/<name>`. */
  service?: string;
  /** Entity ref. */
  backupOwner?: string;
  models: string[];
  days: number;
}

/** A draft with nothing in it but what need not be asked: the tenant of who is in one only. */
export function emptyDraft(
  tenants: { name: string }[],
  model?: string,
): KeyDraft {
  return {
    name: '',
    kind: 'personal',
    tenant: tenants.length === 1 ? tenants[0].name : undefined,
    models: model ? [model] : [],
    days: 90,
  };
}

/** What a key is called, whose it is, what it may call and for how long. */
export function KeyFields(props: {
  draft: KeyDraft;
  onChange(draft: KeyDraft): void;
}) {
  const { draft, onChange } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { memberOf: tenants } = useAccessPerson();
  const callable = useCallableModels();
  const { services, error } = useServices();
  const change = (values: Partial<KeyDraft>) =>
    onChange({ ...draft, ...values });
  const service = services?.find(each => idOf(each) === draft.service);
  const isService = draft.kind === 'service';
  const problem = isService ? error : callable.error;
  return (
    <>
      <TextField
        label={t('access.create.name')}
        description={t('access.create.nameHint')}
        isRequired
        maxLength={NAME_LENGTH}
        value={draft.name}
        onChange={name => change({ name })}
      />
      <RadioGroup
        label={t('access.create.kind')}
        orientation="horizontal"
        value={draft.kind}
        onChange={value =>
          change({
            kind: value === 'service' ? 'service' : 'personal',
            service: services?.length === 1 ? idOf(services[0]) : undefined,
            backupOwner: undefined,
            models: [],
          })
        }
      >
        <Radio value="personal">{t('access.create.personal')}</Radio>
        <Radio value="service">{t('access.create.service')}</Radio>
      </RadioGroup>
      {isService && services && (
        <ServiceFields services={services} draft={draft} onChange={change} />
      )}
      {!isService && tenants.length > 1 && (
        <Select
          label={t('access.ask.tenant')}
          isRequired
          options={tenants.map(({ name, displayName }) => ({
            id: name,
            label: displayName,
          }))}
          value={draft.tenant ?? null}
          onChange={value => change({ tenant: String(value), models: [] })}
        />
      )}
      {problem && (
        <Alert status="danger" icon description={messageOf(problem)} />
      )}
      {!problem && (!isService || service || !services) && (
        <KeyModelsField
          models={
            isService
              ? service?.models
              : callable.models &&
                modelsForKey(callable.models, draft.tenant).map(
                  ({ model, modelId, by }) => ({
                    model,
                    modelId,
                    until: by?.kind === 'grant' ? by.until : undefined,
                  }),
                )
          }
          value={draft.models}
          onChange={models => change({ models })}
        />
      )}
      <DaysSelect
        label={t('access.create.life')}
        days={keyDays}
        value={draft.days}
        onChange={days => change({ days })}
      />
    </>
  );
}

function ServiceFields(props: {
  services: ServiceAccess[];
  draft: KeyDraft;
  onChange(values: Partial<KeyDraft>): void;
}) {
  const { services, draft, onChange } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { tenantName } = useAccessPerson();
  if (services.length === 0) {
    return (
      <Alert
        status="info"
        icon
        title={t('access.create.noServiceTitle')}
        description={t('access.create.noServiceText')}
      />
    );
  }
  const tenant = draft.service?.split('/')[0];
  return (
    <>
      <Select
        label={t('access.create.whichService')}
        isRequired
        placeholder={t('access.create.chooseService')}
        options={services.map(each => ({
          id: idOf(each),
          label: `${each.service}, ${tenantName(each.tenant)}`,
        }))}
        value={draft.service ?? null}
        onChange={value =>
          onChange({
            service: String(value),
            backupOwner: undefined,
            models: [],
          })
        }
      />
      {tenant && (
        <MemberField
          key={tenant}
          label={t('access.create.backup')}
          description={t('access.create.backupHint')}
          tenant={tenant}
          value={draft.backupOwner}
          onChange={backupOwner => onChange({ backupOwner })}
        />
      )}
    </>
  );
}

function idOf({ tenant, service }: ServiceAccess): string {
  return `${tenant}/${service}`;
}

/** The key, once everything that it needs is there. */
export function toKey(
  draft: KeyDraft,
  tenantCount: number,
): NewKey | undefined {
  const name = draft.name.trim();
  const { backupOwner, models, days } = draft;
  if (!name || models.length === 0) {
    return undefined;
  }
  if (draft.kind === 'service') {
    const slash = draft.service?.indexOf('/') ?? -1;
    return draft.service === undefined
      ? undefined
      : {
          name,
          models,
          days,
          tenant: draft.service.slice(0, slash),
          service: draft.service.slice(slash + 1),
          backupOwner,
        };
  }
  return draft.tenant || tenantCount <= 1
    ? { name, models, days, tenant: draft.tenant }
    : undefined;
}
