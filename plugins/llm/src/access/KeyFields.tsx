import { Alert, Radio, RadioGroup, Select, TextField } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ServiceAccess } from '@slipway/plugin-llm-common';
import { DaysSelect } from '../components/DaysSelect';
import { messageOf } from '../components/ErrorState';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { keyDays, NAME_LENGTH } from './choices';
import { chosenOf, idOf, KeyDraft, KeyOffer } from './keyDraft';
import { KeyModelsField } from './KeyModelsField';
import { MemberField } from './MemberField';

/** What a key is called, whose it is, what it may call and for how long. */
export function KeyFields(props: {
  draft: KeyDraft;
  offer: KeyOffer;
  onChange(draft: KeyDraft): void;
}) {
  const { draft, offer, onChange } = props;
  const { services, error } = offer;
  const { t } = useTranslationRef(llmTranslationRef);
  const { memberOf: tenants } = useAccessPerson();
  const change = (values: Partial<KeyDraft>) =>
    onChange({ ...draft, ...values });
  const isService = draft.kind === 'service';
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
          onChange={value => change({ tenant: String(value) })}
        />
      )}
      {error && <Alert status="danger" icon description={messageOf(error)} />}
      {!error && (offer.models || !services) && (
        <KeyModelsField
          models={offer.models}
          value={chosenOf(draft, offer.models)}
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
