import { Select, TextField } from '@backstage/ui';
import useAsync from 'react-use/esm/useAsync';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { accessApiRef } from '../api';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { toUserRef } from './toUserRef';
import { useNames } from './useNames';

const NOBODY = 'nobody';

/**
 * Names somebody of a tenant, never who looks: chosen by name from its members, or typed as an account where they are too many to list. The
 * backend checks that she belongs to it.
 */
export function MemberField(props: {
  label: string;
  description?: string;
  tenant: string | undefined;
  isRequired?: boolean;
  /** Entity ref. */
  value: string | undefined;
  onChange(ref: string | undefined): void;
}) {
  const { label, description, tenant, isRequired, value, onChange } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const { me } = useAccessPerson();
  const members = useAsync(
    async () => (tenant ? api.listMembers(tenant) : undefined),
    [api, tenant],
  );
  const refs = (members.value?.refs ?? []).filter(ref => ref !== me);
  const nameOf = useNames(refs);
  if (members.error || members.value?.isComplete === false) {
    return (
      <TextField
        label={label}
        description={t('access.members.typed')}
        isRequired={isRequired}
        defaultValue={value}
        onChange={text => onChange(toUserRef(text))}
      />
    );
  }
  if (members.value && refs.length === 0) {
    return (
      <TextField
        label={label}
        description={t('access.members.none')}
        isDisabled
        value=""
      />
    );
  }
  const people = refs
    .map(id => ({ id, label: nameOf(id) }))
    .sort((a, b) => a.label.localeCompare(b.label));
  return (
    <Select
      label={label}
      description={description}
      isRequired={isRequired}
      isDisabled={!members.value}
      searchable
      searchPlaceholder={t('access.members.search')}
      placeholder={t(
        members.loading ? 'state.loading' : 'access.members.choose',
      )}
      options={
        isRequired
          ? people
          : [{ id: NOBODY, label: t('access.members.nobody') }, ...people]
      }
      value={value ?? (isRequired ? null : NOBODY)}
      onChange={chosen =>
        onChange(chosen === NOBODY ? undefined : String(chosen))
      }
    />
  );
}
