import { useState } from 'react';
import {
  Alert,
  Radio,
  RadioGroup,
  Select,
  TextAreaField,
  TextField,
} from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import {
  CallableModel,
  RequestSummary,
  TenantSummary,
} from '@slipway/plugin-llm-common';
import { accessApiRef, NewRequest } from '../api';
import { ActionDialog } from '../components/ActionDialog';
import { DaysSelect } from '../components/DaysSelect';
import { messageOf } from '../components/ErrorState';
import { modelName } from '../format';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { grantDays, NAME_LENGTH, REASON_LENGTH } from './choices';
import { RequestMadeDialog } from './RequestMadeDialog';
import { eachOnce, useCallableModels } from './useChoices';

type For = 'me' | 'group' | 'service';

interface Draft {
  model?: string;
  tenant?: string;
  for: For;
  group?: string;
  service: string;
  days: number;
  reason: string;
  expectedLoad: string;
}

/**
 * Asks for access to a model.
 *
 * @param props - `model` as `<namespace>/<name>` and `service` where the page knows them already
 */
export function RequestAccessDialog(props: {
  model?: string;
  service?: string;
  tenant?: string;
  onClose(): void;
}) {
  const { onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const { memberOf: tenants } = useAccessPerson();
  const [made, setMade] = useState<RequestSummary>();
  const [draft, setDraft] = useState<Draft>(() => ({
    model: props.model,
    tenant: props.tenant ?? firstTenant(tenants),
    for: props.service ? 'service' : 'me',
    service: props.service ?? '',
    days: 90,
    reason: '',
    expectedLoad: '',
  }));
  const change = (values: Partial<Draft>) =>
    setDraft(before => ({ ...before, ...values }));
  const request = toRequest(draft, tenants);
  const { models, error } = useCallableModels();
  const offered =
    models && eachOnce(models.filter(model => isOffered(model, draft)));
  const isNothing = !props.model && offered?.length === 0;

  if (made) {
    return <RequestMadeDialog request={made} onClose={onClose} />;
  }
  return (
    <ActionDialog
      title={
        props.model
          ? t('access.ask.titleOf', { name: modelName(props.model) })
          : t('access.ask.title')
      }
      action={t('access.ask.action')}
      isDisabled={!request}
      content={JSON.stringify(request ?? draft)}
      run={async once => {
        if (request) {
          setMade(await api.createRequest(request, once));
        }
      }}
      onDone={() => {}}
      onClose={onClose}
    >
      {!props.model && (
        <ModelField
          draft={draft}
          offered={offered}
          error={error}
          onChange={change}
        />
      )}
      <SubjectFields draft={draft} onChange={change} />
      {!isNothing && <TermsFields draft={draft} onChange={change} />}
    </ActionDialog>
  );
}

function firstTenant(tenants: TenantSummary[]): string | undefined {
  return tenants.length === 1 ? tenants[0].name : undefined;
}

/** The request, once everything that it needs is there. */
function toRequest(
  draft: Draft,
  tenants: TenantSummary[],
): NewRequest | undefined {
  const { model, tenant, days } = draft;
  const reason = draft.reason.trim();
  const service = draft.service.trim();
  const isComplete =
    model &&
    reason &&
    (tenant || tenants.length <= 1) &&
    (draft.for !== 'group' || draft.group) &&
    (draft.for !== 'service' || service);
  if (!isComplete) {
    return undefined;
  }
  return {
    model,
    reason,
    days,
    tenant,
    expectedLoad: draft.expectedLoad.trim() || undefined,
    subject: subjectOf({ ...draft, service }),
  };
}

function subjectOf(draft: Draft): NewRequest['subject'] {
  if (draft.for === 'group' && draft.group) {
    return { kind: 'group', ref: draft.group };
  }
  return draft.for === 'service'
    ? { kind: 'service', ref: draft.service }
    : undefined;
}

function ModelField(props: {
  draft: Draft;
  /** Absent while they are not known. */
  offered: CallableModel[] | undefined;
  error: Error | undefined;
  onChange(values: Partial<Draft>): void;
}) {
  const { draft, offered, error, onChange } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  if (error) {
    return <Alert status="danger" icon description={messageOf(error)} />;
  }
  if (offered?.length === 0) {
    return <p>{t('access.ask.noModel')}</p>;
  }
  return (
    <Select
      label={t('access.ask.model')}
      isRequired
      searchable
      searchPlaceholder={t('access.ask.searchModel')}
      options={(offered ?? []).map(({ model, modelId }) => ({
        id: model,
        label: `${modelName(model)} (${modelId})`,
      }))}
      value={draft.model ?? null}
      onChange={value => onChange({ model: String(value) })}
    />
  );
}

/** For herself she needs no grant for what is open to her or hers already; a group or a service may. What is blocked is of use to nobody. */
function isOffered(model: CallableModel, draft: Draft): boolean {
  const isAskable = !model.by && !model.pendingRequestId;
  return !model.refused && (draft.for !== 'me' || isAskable);
}

/** For which tenant, how long and what for. */
function TermsFields(props: {
  draft: Draft;
  onChange(values: Partial<Draft>): void;
}) {
  const { draft, onChange } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { memberOf: tenants } = useAccessPerson();
  return (
    <>
      {tenants.length > 1 && (
        <Select
          label={t('access.ask.tenant')}
          isRequired
          options={tenants.map(({ name, displayName }) => ({
            id: name,
            label: displayName,
          }))}
          value={draft.tenant ?? null}
          onChange={value => onChange({ tenant: String(value) })}
        />
      )}
      <DaysSelect
        label={t('access.request.howLong')}
        days={grantDays}
        value={draft.days}
        onChange={days => onChange({ days })}
      />
      <TextAreaField
        label={t('access.ask.reason')}
        description={t('access.ask.reasonHint')}
        isRequired
        maxLength={REASON_LENGTH}
        value={draft.reason}
        onChange={reason => onChange({ reason })}
      />
      <TextField
        label={t('access.ask.load')}
        description={t('access.ask.loadHint')}
        maxLength={REASON_LENGTH}
        value={draft.expectedLoad}
        onChange={expectedLoad => onChange({ expectedLoad })}
      />
    </>
  );
}

function SubjectFields(props: {
  draft: Draft;
  onChange(values: Partial<Draft>): void;
}) {
  const { draft, onChange } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { memberOf: tenants } = useAccessPerson();
  const groups = [
    ...new Set(
      tenants
        .filter(({ name }) => !draft.tenant || name === draft.tenant)
        .flatMap(({ memberGroups }) => memberGroups),
    ),
  ];
  return (
    <>
      <RadioGroup
        label={t('access.ask.for')}
        orientation="horizontal"
        value={draft.for}
        onChange={value =>
          onChange({
            for: value === 'group' || value === 'service' ? value : 'me',
            group: groups.length === 1 ? groups[0] : undefined,
          })
        }
      >
        <Radio value="me">{t('access.ask.forMe')}</Radio>
        {groups.length > 0 && (
          <Radio value="group">{t('access.ask.forGroup')}</Radio>
        )}
        <Radio value="service">{t('access.ask.forService')}</Radio>
      </RadioGroup>
      {draft.for === 'group' && (
        <Select
          label={t('access.ask.group')}
          description={t('access.ask.groupHint')}
          isRequired
          options={groups.map(id => ({ id, label: id }))}
          value={draft.group ?? null}
          onChange={value => onChange({ group: String(value) })}
        />
      )}
      {draft.for === 'service' && (
        <TextField
          label={t('access.ask.service')}
          description={t('access.ask.serviceHint')}
          isRequired
          maxLength={NAME_LENGTH}
          value={draft.service}
          onChange={service => onChange({ service })}
        />
      )}
    </>
  );
}
