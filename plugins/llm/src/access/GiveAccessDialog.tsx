import { useState } from 'react';
import { Alert, Radio, RadioGroup, Select, TextField } from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { AccessSubject, TenantSummary } from '@slipway/plugin-llm-common';
import { accessApiRef, NewGrant } from '../api';
import { ActionDialog } from '../components/ActionDialog';
import { DaysSelect } from '../components/DaysSelect';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { grantDays, NAME_LENGTH } from './choices';
import { MemberField } from './MemberField';
import { ModelField } from './ModelField';
import { useNames } from './useNames';

interface Draft {
  model?: string;
  tenant?: string;
  kind: AccessSubject['kind'];
  ref?: string;
  days: number;
}

/** An owner gives access to a model of hers without having been asked. */
export function GiveAccessDialog(props: { onClose(): void }) {
  const { onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const { tenants, may, ownershipEntityRefs } = useAccessPerson();
  const active = tenants.filter(({ state }) => state === 'active');
  const [draft, setDraft] = useState<Draft>(() => ({
    kind: 'user',
    tenant: active.length === 1 ? active[0].name : undefined,
    days: 90,
  }));
  const change = (values: Partial<Draft>) =>
    setDraft(before => ({ ...before, ...values }));
  const tenant = active.find(({ name }) => name === draft.tenant);
  const grant = toGrant(draft);
  return (
    <ActionDialog
      title={t('access.give.title')}
      action={t('access.give.action')}
      isDisabled={!grant}
      content={JSON.stringify(grant ?? draft)}
      run={async once => grant && api.giveGrant(grant, once)}
      onClose={onClose}
    >
      <p>{t('access.give.text')}</p>
      <ModelField
        label={t('access.ask.model')}
        none={t('access.give.noModel')}
        // Hers to give are those that she owns, and all for an admin.
        owners={may.manageAll ? undefined : ownershipEntityRefs}
        value={draft.model}
        onChange={model => change({ model })}
      />
      <Select
        label={t('access.ask.tenant')}
        isRequired
        placeholder={t('access.give.chooseTenant')}
        options={active.map(({ name, displayName }) => ({
          id: name,
          label: displayName,
        }))}
        value={draft.tenant ?? null}
        onChange={value => change({ tenant: String(value), ref: undefined })}
      />
      {tenant && (
        <SubjectFields tenant={tenant} draft={draft} onChange={change} />
      )}
      <DaysSelect
        label={t('access.request.howLong')}
        days={grantDays}
        value={draft.days}
        onChange={days => change({ days })}
      />
    </ActionDialog>
  );
}

function toGrant({ model, tenant, kind, ref, days }: Draft) {
  const named = ref?.trim();
  const grant: NewGrant | undefined =
    model && tenant && named
      ? { model, tenant, days, subject: { kind, ref: named } }
      : undefined;
  return grant;
}

function SubjectFields(props: {
  tenant: TenantSummary;
  draft: Draft;
  onChange(values: Partial<Draft>): void;
}) {
  const { tenant, draft, onChange } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const kinds: AccessSubject['kind'][] = ['user', 'group', 'service'];
  return (
    <>
      <RadioGroup
        label={t('access.give.whom')}
        orientation="horizontal"
        value={draft.kind}
        onChange={value =>
          onChange({
            kind: kinds.find(kind => kind === value) ?? 'user',
            ref: undefined,
          })
        }
      >
        {kinds.map(kind => (
          <Radio key={kind} value={kind}>
            {t(`access.give.kind.${kind}`)}
          </Radio>
        ))}
      </RadioGroup>
      {draft.kind === 'user' && (
        <MemberField
          key={tenant.name}
          label={t('access.give.member')}
          tenant={tenant.name}
          isRequired
          value={draft.ref}
          onChange={ref => onChange({ ref })}
        />
      )}
      {draft.kind === 'group' && (
        <GroupField
          tenant={tenant}
          value={draft.ref}
          onChange={ref => onChange({ ref })}
        />
      )}
      {draft.kind === 'service' &&
        (tenant.isMember ? (
          <Alert
            status="info"
            icon
            description={t('access.give.ownService', {
              tenant: tenant.displayName,
            })}
          />
        ) : (
          <TextField
            label={t('access.ask.service')}
            description={t('access.give.serviceHint', {
              tenant: tenant.displayName,
            })}
            isRequired
            maxLength={NAME_LENGTH}
            value={draft.ref ?? ''}
            onChange={ref => onChange({ ref })}
          />
        ))}
    </>
  );
}

function GroupField(props: {
  tenant: TenantSummary;
  value: string | undefined;
  onChange(ref: string): void;
}) {
  const { tenant, value, onChange } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  // Groups are named as tokens name them: which are hers the backend knows.
  const others = tenant.memberGroups.filter(
    group => !tenant.myGroups?.includes(group),
  );
  const nameOf = useNames(others.map(group => `group:default/${group}`));
  if (others.length === 0) {
    return <p>{t('access.give.noGroup', { tenant: tenant.displayName })}</p>;
  }
  return (
    <Select
      label={t('access.ask.group')}
      description={t('access.ask.groupHint')}
      isRequired
      placeholder={t('access.give.chooseGroup')}
      options={others.map(id => {
        const name = nameOf(`group:default/${id}`);
        return { id, label: name === id ? id : `${name} (${id})` };
      })}
      value={value ?? null}
      onChange={chosen => onChange(String(chosen))}
    />
  );
}
