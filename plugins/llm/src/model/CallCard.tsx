import { useId, useState } from 'react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelDetail } from '@slipway/plugin-llm-common';
import { Chip } from '../components/Chip';
import { CodeBlock } from '../components/CodeBlock';
import { CopyButton } from '../components/CopyButton';
import { Section } from '../components/Section';
import { CheckIcon, ClockIcon } from '../components/icons';
import { llmTranslationRef } from '../translation';
import { callSnippets, SnippetName, tokenSnippet } from './snippets';
import styles from './CallCard.module.css';

type EndpointName = 'internal' | 'external';

/** Ready-to-paste calls with the real address and model id. */
export function CallCard(props: { model: ModelDetail }) {
  const { model } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const addresses = {
    internal: model.endpoints.internal ?? model.addresses?.internal,
    external: model.endpoints.external ?? model.addresses?.external,
  };
  const offered = (['internal', 'external'] as const).filter(
    name => addresses[name],
  );
  const [chosen, setChosen] = useState<EndpointName>();
  const endpoint = chosen ?? offered[0];
  const baseUrl = endpoint && addresses[endpoint];
  const answers = Boolean(endpoint && model.endpoints[endpoint]);

  return (
    <Section
      padded
      id="call"
      title={t('model.callTitle')}
      aside={
        <Chip
          tone={answers ? 'positive' : 'neutral'}
          icon={answers ? <CheckIcon /> : <ClockIcon />}
        >
          {answers ? t('model.callable') : t('model.notCallable')}
        </Chip>
      }
    >
      {offered.length > 1 && (
        <Choice<EndpointName>
          label={t('model.endpoint')}
          options={offered.map(name => ({
            id: name,
            label: t(`model.${name}`),
          }))}
          value={endpoint}
          onChange={setChosen}
        />
      )}
      {endpoint === 'external' && (
        <p className={styles.note}>{t('model.externalDenied')}</p>
      )}
      {baseUrl ? (
        <Snippets model={model} baseUrl={baseUrl} />
      ) : (
        <p className={styles.note}>{t('model.noAddress')}</p>
      )}
    </Section>
  );
}

function Snippets(props: { model: ModelDetail; baseUrl: string }) {
  const { model, baseUrl } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const snippets: Partial<Record<SnippetName, string>> = {
    ...(model.token ? { token: tokenSnippet(model.token) } : {}),
    ...callSnippets(baseUrl, model.modelId, model.caFile),
  };
  const names = (['token', 'curl', 'python', 'typescript'] as const).filter(
    name => snippets[name] !== undefined,
  );
  const [name, setName] = useState<SnippetName>('curl');
  const text = snippets[name] ?? '';
  const label = t(`model.snippet.${name}`);
  return (
    <>
      <Choice<SnippetName>
        label={t('model.language')}
        options={names.map(id => ({ id, label: t(`model.snippet.${id}`) }))}
        value={name}
        onChange={setName}
      />
      <CodeBlock text={text} label={label} />
      <div className={styles.foot}>
        <span className={styles.note}>{t('model.tokenHint')}</span>
        <CopyButton text={text} what={label} />
      </div>
    </>
  );
}

/** One of a few, as a row of small buttons. */
function Choice<T extends string>(props: {
  label: string;
  options: Array<{ id: T; label: string }>;
  value: T | undefined;
  onChange(value: T): void;
}) {
  const name = useId();
  return (
    <div className={styles.choice} role="radiogroup" aria-label={props.label}>
      {props.options.map(option => (
        <label key={option.id}>
          <input
            type="radio"
            name={name}
            value={option.id}
            checked={option.id === props.value}
            onChange={() => props.onChange(option.id)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </div>
  );
}
