import { useState } from 'react';
import { Checkbox, CheckboxGroup, SearchField } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { DateTime, modelName } from '../format';
import { llmTranslationRef } from '../translation';
import { KeyModel } from './keyDraft';
import styles from './KeyModelsField.module.css';

const SEARCH_FROM = 9;
/** So many boxes are drawn, and those that are ticked; the others are found by searching. */
const MOST_SHOWN = 50;

/** Which models a key opens: only what its owner or its service may call is offered. */
export function KeyModelsField(props: {
  /** Absent while they are asked for. */
  models?: KeyModel[];
  value: string[];
  onChange(models: string[]): void;
}) {
  const { models, value, onChange } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const [search, setSearch] = useState('');
  if (!models) {
    return <p role="status">{t('state.loading')}</p>;
  }
  if (models.length === 0) {
    return <p>{t('access.create.noModel')}</p>;
  }
  const words = search.toLocaleLowerCase('en-US').split(/\s+/);
  const found = models.filter(({ model, modelId }) =>
    words.every(word =>
      `${model} ${modelId ?? ''}`.toLocaleLowerCase('en-US').includes(word),
    ),
  );
  const shown = found.filter(
    ({ model }, index) => index < MOST_SHOWN || value.includes(model),
  );
  const more = found.length - shown.length;
  return (
    <div className={styles.field}>
      {models.length >= SEARCH_FROM && (
        <SearchField
          size="small"
          aria-label={t('access.ask.searchModel')}
          placeholder={t('access.ask.searchModel')}
          value={search}
          onChange={setSearch}
        />
      )}
      <CheckboxGroup
        label={t('access.create.models')}
        isRequired
        value={value}
        onChange={onChange}
        className={styles.group}
      >
        {shown.map(({ model, modelId, until }) => (
          <Checkbox key={model} value={model}>
            {modelName(model)}{' '}
            <span className={styles.modelId}>
              {modelId}
              {until && (
                <>
                  {`, ${t('access.create.grantTo')} `}
                  <DateTime iso={until} />
                </>
              )}
            </span>
          </Checkbox>
        ))}
      </CheckboxGroup>
      {more > 0 && <p>{t('access.create.moreModels', { count: more })}</p>}
    </div>
  );
}
