import { ReactNode } from 'react';
import { Select } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { StandingQuery } from '../api';
import { modelName } from '../format';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { PeopleChoice, StateFilter } from './StateFilter';
import { useCallableModels } from './useChoices';
import pageStyles from './AccessPage.module.css';
import styles from './PeopleFilters.module.css';

const ANY = 'any';

/** Which model, which tenant, which state. They are in the address, so that a list can be shared. */
export function PeopleFilters(props: {
  query: StandingQuery;
  choice: PeopleChoice;
  /** Whether she confirms grants: then those that are due can be chosen. */
  confirms: boolean;
  /** Models of the rows that are there: some may not be hers to call. */
  models: string[];
  onChange(values: Record<string, string | undefined>): void;
  aside: ReactNode;
}) {
  const { query, onChange } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { tenants } = useAccessPerson();
  const callable = useCallableModels();
  const models = [
    ...new Set([
      ...(callable.models ?? []).map(({ model }) => model),
      ...props.models,
      ...(query.model ? [query.model] : []),
    ]),
  ].sort((a, b) => modelName(a).localeCompare(modelName(b)));
  return (
    <div className={styles.bar} role="search">
      <span className={pageStyles.filters}>
        <Select
          size="small"
          aria-label={t('access.column.model')}
          icon={
            <span className={pageStyles.name}>{t('access.column.model')}</span>
          }
          searchable
          searchPlaceholder={t('access.ask.searchModel')}
          options={[
            { id: ANY, label: t('models.any') },
            ...models.map(id => ({ id, label: modelName(id) })),
          ]}
          value={query.model ?? ANY}
          onChange={value =>
            onChange({ model: value === ANY ? undefined : String(value) })
          }
        />
        <Select
          size="small"
          aria-label={t('access.column.tenant')}
          icon={
            <span className={pageStyles.name}>{t('access.column.tenant')}</span>
          }
          options={[
            { id: ANY, label: t('models.any') },
            ...tenants.map(({ name, displayName }) => ({
              id: name,
              label: displayName,
            })),
          ]}
          value={query.tenant ?? ANY}
          onChange={value =>
            onChange({ tenant: value === ANY ? undefined : String(value) })
          }
        />
        <StateFilter
          label={t('access.people.filter')}
          choices={
            props.confirms
              ? ['active', 'due', 'ended', 'all']
              : ['active', 'ended', 'all']
          }
          value={props.choice}
          onChange={state =>
            onChange({ state: state === 'active' ? undefined : state })
          }
        />
      </span>
      <span className={styles.aside}>{props.aside}</span>
    </div>
  );
}
