import { useState } from 'react';
import { Alert, Radio, RadioGroup, Select, TextField } from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { IssuedKeyAnswer } from '@slipway/plugin-llm-common';
import { accessApiRef, NewKey } from '../api';
import { ActionDialog } from '../components/ActionDialog';
import { DaysSelect } from '../components/DaysSelect';
import { messageOf } from '../components/ErrorState';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { keyDays, NAME_LENGTH } from './choices';
import { KeyModelsField } from './KeyModelsField';
import { KeyOnceDialog } from './KeyOnceDialog';
import {
  modelsForKey,
  ServiceChoice,
  useCallableModels,
  useServices,
} from './useChoices';

interface Draft {
  name: string;
  kind: 'personal' | 'service';
  tenant?: string;
  /** `<tenant>/<name>`. */
  service?: string;
  backupOwner: string;
  models: string[];
  days: number;
}

/**
 * Makes a key, and shows it once.
 *
 * @param props - `model` as `<namespace>/<name>`, chosen already
 */
export function CreateKeyDialog(props: { model?: string; onClose(): void }) {
  const { onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const { memberOf: tenants } = useAccessPerson();
  const callable = useCallableModels();
  const services = useServices() ?? [];
  const [issued, setIssued] = useState<IssuedKeyAnswer>();
  const [draft, setDraft] = useState<Draft>(() => ({
    name: '',
    kind: 'personal',
    tenant: tenants.length === 1 ? tenants[0].name : undefined,
    backupOwner: '',
    models: props.model ? [props.model] : [],
    days: 90,
  }));
  const change = (values: Partial<Draft>) =>
    setDraft(before => ({ ...before, ...values }));
  const service = services.find(each => idOf(each) === draft.service);
  const isService = draft.kind === 'service';
  const key = toKey(draft, service, tenants.length);

  if (issued) {
    return <KeyOnceDialog issued={issued} onClose={onClose} />;
  }
  return (
    <ActionDialog
      title={t('access.create.title')}
      action={t('access.createKey')}
      isDisabled={!key}
      content={JSON.stringify(key ?? draft)}
      run={async once => {
        if (key) {
          setIssued(await api.createKey(key, once));
        }
      }}
      onDone={() => {}}
      onClose={onClose}
    >
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
            service: services.length === 1 ? idOf(services[0]) : undefined,
            models: [],
          })
        }
      >
        <Radio value="personal">{t('access.create.personal')}</Radio>
        <Radio value="service">{t('access.create.service')}</Radio>
      </RadioGroup>
      {isService ? (
        <ServiceFields services={services} draft={draft} onChange={change} />
      ) : (
        tenants.length > 1 && (
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
        )
      )}
      {callable.error && (
        <Alert status="danger" icon description={messageOf(callable.error)} />
      )}
      {(!isService || service) && (
        <KeyModelsField
          models={
            isService
              ? service?.models
              : callable.models && modelsForKey(callable.models, draft.tenant)
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
    </ActionDialog>
  );
}

function ServiceFields(props: {
  services: ServiceChoice[];
  draft: Draft;
  onChange(values: Partial<Draft>): void;
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
  return (
    <>
      <Select
        label={t('access.create.whichService')}
        isRequired
        options={services.map(each => ({
          id: idOf(each),
          label: `${each.name}, ${tenantName(each.tenant)}`,
        }))}
        value={draft.service ?? null}
        onChange={value => onChange({ service: String(value), models: [] })}
      />
      <TextField
        label={t('access.create.backup')}
        description={t('access.create.backupHint')}
        maxLength={NAME_LENGTH}
        value={draft.backupOwner}
        onChange={backupOwner => onChange({ backupOwner })}
      />
    </>
  );
}

function idOf(service: ServiceChoice): string {
  return `${service.tenant}/${service.name}`;
}

/** The key, once everything that it needs is there. */
function toKey(
  draft: Draft,
  service: ServiceChoice | undefined,
  tenantCount: number,
): NewKey | undefined {
  const name = draft.name.trim();
  const { models, days } = draft;
  if (!name || models.length === 0) {
    return undefined;
  }
  if (draft.kind === 'service') {
    return (
      service && {
        name,
        models,
        days,
        tenant: service.tenant,
        service: service.name,
        backupOwner: toUserRef(draft.backupOwner),
      }
    );
  }
  return draft.tenant || tenantCount <= 1
    ? { name, models, days, tenant: draft.tenant }
    : undefined;
}

/** `sofia` as the entity ref of a user; an entity ref stays. */
function toUserRef(text: string): string | undefined {
  const name = text.trim().toLocaleLowerCase('en-US');
  if (!name) {
    return undefined;
  }
  return name.includes(':') ? name : `user:default/${name}`;
}
