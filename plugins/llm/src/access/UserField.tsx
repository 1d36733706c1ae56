import { useState } from 'react';
import { Select, TextField } from '@backstage/ui';
import useAsync from 'react-use/esm/useAsync';
import {
  useApiHolder,
  useTranslationRef,
} from '@backstage/frontend-plugin-api';
import { stringifyEntityRef } from '@backstage/catalog-model';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import { llmTranslationRef } from '../translation';
import { toUserRef } from './toUserRef';
import { useNames } from './useNames';

/** So many are listed; where there are more, an account is typed. */
const MOST = 500;
const TYPED = 'typed';

/**
 * Names any person: chosen by name from the catalog, or typed as an account where the catalog has too many, does not answer, or does not
 * know her (any more).
 */
export function UserField(props: {
  label: string;
  description?: string;
  /** Entity ref. */
  value: string | undefined;
  onChange(ref: string | undefined): void;
}) {
  const { label, value, onChange } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const [isTyped, setTyped] = useState(false);
  const users = useCatalogUsers();
  const refs = users.value?.refs ?? [];
  const nameOf = useNames(refs);
  const isListed = !users.error && users.value?.isComplete !== false;
  const people = refs
    .map(id => ({ id, label: nameOf(id) }))
    .sort((a, b) => a.label.localeCompare(b.label));
  return (
    <>
      {isListed && (
        <Select
          label={label}
          description={props.description}
          isRequired
          isDisabled={!users.value}
          searchable
          searchPlaceholder={t('access.members.search')}
          placeholder={t(
            users.loading ? 'state.loading' : 'access.members.choose',
          )}
          options={[...people, { id: TYPED, label: t('access.members.other') }]}
          value={isTyped ? TYPED : value ?? null}
          onChange={chosen => {
            setTyped(chosen === TYPED);
            onChange(chosen === TYPED ? undefined : String(chosen));
          }}
        />
      )}
      {(isTyped || !isListed) && (
        <TextField
          label={isListed ? t('access.members.account') : label}
          description={t('access.blocks.hint.user')}
          isRequired
          onChange={text => onChange(toUserRef(text))}
        />
      )}
    </>
  );
}

function useCatalogUsers() {
  const catalogApi = useApiHolder().get(catalogApiRef);
  return useAsync(async () => {
    if (!catalogApi) {
      return { refs: [], isComplete: false };
    }
    const { items, totalItems } = await catalogApi.queryEntities({
      filter: { kind: 'User' },
      fields: ['kind', 'metadata.name', 'metadata.namespace'],
      limit: MOST,
    });
    return {
      refs: items.map(entity => stringifyEntityRef(entity)),
      isComplete: totalItems <= items.length,
    };
  }, [catalogApi]);
}
