import { ReactNode, RefObject, useEffect, useState } from 'react';
import { SearchField, Select } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelQuery } from '@slipway/plugin-llm-common';
import { ownerName } from '../format';
import { llmTranslationRef } from '../translation';
import styles from './ModelsToolbar.module.css';

const ANY = 'any';
const TYPING_MS = 250;

/** Search and filters; what is typed is asked for when the typing pauses. */
export function ModelsToolbar(props: {
  query: ModelQuery;
  owners: string[];
  searchRef: RefObject<HTMLInputElement>;
  onSearch(value: string): void;
  onChange(values: Record<string, string | undefined>): void;
  /** Whether how she stands to models tells them apart. */
  byAccess: boolean;
  aside: ReactNode;
}) {
  const { query, owners, onSearch, onChange } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const offered =
    query.owner && !owners.includes(query.owner)
      ? [query.owner, ...owners]
      : owners;

  return (
    <div className={styles.toolbar} role="search">
      <Search
        value={query.search ?? ''}
        inputRef={props.searchRef}
        onChange={onSearch}
      />
      <div className={styles.filter}>
        <Select
          size="small"
          aria-label={t('models.owner')}
          icon={<span className={styles.name}>{t('models.owner')}</span>}
          options={[
            { id: ANY, label: t('models.any') },
            ...offered.map(owner => ({ id: owner, label: ownerName(owner) })),
          ]}
          value={query.owner ?? ANY}
          onChange={value =>
            onChange({ owner: value === ANY ? undefined : String(value) })
          }
        />
      </div>
      {props.byAccess && (
        <div className={styles.filter}>
          <Select
            size="small"
            aria-label={t('models.access')}
            icon={<span className={styles.name}>{t('models.access')}</span>}
            options={[
              { id: ANY, label: t('models.any') },
              { id: 'open', label: t('models.accessOpen') },
              { id: 'on-request', label: t('models.accessOnRequest') },
            ]}
            value={query.access ?? ANY}
            onChange={value =>
              onChange({ access: value === ANY ? undefined : String(value) })
            }
          />
        </div>
      )}
      <span className={styles.aside}>{props.aside}</span>
    </div>
  );
}

function Search(props: {
  value: string;
  inputRef: RefObject<HTMLInputElement>;
  onChange(value: string): void;
}) {
  const { value, onChange } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const [text, setText] = useState(value);
  // The address may change under us: a link, the way back, "clear filters".
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) {
      return undefined;
    }
    const timer = setTimeout(() => onChange(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);

  return (
    <div
      className={styles.search}
      ref={node => {
        // The field's own ref is its frame; the shortcut needs the input.
        const input = node?.querySelector('input') ?? null;
        Object.assign(props.inputRef, { current: input });
      }}
      onKeyDown={event => {
        if (event.key === 'Escape' && text === '') {
          props.inputRef.current?.blur();
        }
      }}
      role="presentation"
    >
      <SearchField
        size="small"
        aria-label={t('models.searchLabel')}
        placeholder={t('models.searchPlaceholder')}
        value={text}
        onChange={setText}
      />
    </div>
  );
}
