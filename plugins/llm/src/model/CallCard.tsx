import { ReactElement, useId, useState } from 'react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelDetail } from '@slipway/plugin-llm-common';
import { Chip } from '../components/Chip';
import { CodeBlock } from '../components/CodeBlock';
import { CopyButton } from '../components/CopyButton';
import { Section } from '../components/Section';
import { CheckIcon, ClockIcon, LockIcon } from '../components/icons';
import { PageLink, useAccessLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import {
  isRefused,
  mayCall,
  onlyCredential,
  standingOf,
  StandingToModel,
} from './standingOf';
import {
  callSnippets,
  keySnippet,
  SnippetName,
  tokenSnippet,
} from './snippets';
import styles from './CallCard.module.css';

type EndpointName = 'internal' | 'external';
type Credential = 'key' | 'token';

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
  // What was chosen may be switched off meanwhile.
  const endpoint = offered.find(name => name === chosen) ?? offered[0];
  const baseUrl = endpoint && addresses[endpoint];
  const answers = Boolean(endpoint && model.endpoints[endpoint]);
  const standing = standingOf(model);
  const isMine = mayCall(standing);

  return (
    <Section
      padded
      id="call"
      title={t('model.callTitle')}
      aside={
        <Chip
          tone={answers && isMine ? 'positive' : 'neutral'}
          icon={answersIcon(answers, isMine)}
        >
          {t(answersKey(answers, standing))}
        </Chip>
      }
    >
      {isRefused(standing) ? (
        <p className={styles.note}>{t(`model.refusedNote.${standing}`)}</p>
      ) : (
        <Way
          model={model}
          offered={offered}
          endpoint={endpoint}
          baseUrl={baseUrl}
          onChoose={setChosen}
        />
      )}
    </Section>
  );
}

/** Where to call it, and with what. */
function Way(props: {
  model: ModelDetail;
  offered: EndpointName[];
  endpoint: EndpointName | undefined;
  baseUrl: string | undefined;
  onChoose(endpoint: EndpointName): void;
}) {
  const { model, offered, endpoint, baseUrl } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  return (
    <>
      {offered.length > 1 && (
        <Choice<EndpointName>
          label={t('model.endpoint')}
          options={offered.map(name => ({
            id: name,
            label: t(`model.${name}`),
          }))}
          value={endpoint}
          onChange={props.onChoose}
        />
      )}
      {baseUrl ? (
        <Snippets
          key={endpoint}
          model={model}
          baseUrl={baseUrl}
          // Programs outside have keys; people inside have tokens.
          preferred={endpoint === 'external' ? 'key' : 'token'}
        />
      ) : (
        <p className={styles.note}>{t('model.noAddress')}</p>
      )}
    </>
  );
}

function answersIcon(answers: boolean, isMine: boolean): ReactElement {
  if (!isMine) {
    return <LockIcon />;
  }
  return answers ? <CheckIcon /> : <ClockIcon />;
}

function answersKey(answers: boolean, standing: StandingToModel) {
  if (isRefused(standing)) {
    return `models.${standing}` as const;
  }
  if (!mayCall(standing)) {
    return 'model.notYours' as const;
  }
  return answers ? ('model.callable' as const) : ('model.notCallable' as const);
}

function Snippets(props: {
  model: ModelDetail;
  baseUrl: string;
  preferred: Credential;
}) {
  const { model, baseUrl } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useAccessLinks();
  const [chosen, setCredential] = useState<Credential>(props.preferred);
  const only = onlyCredential(model.myAccess);
  const credential = only ?? (model.token ? chosen : 'key');
  const snippets: Record<SnippetName, string> = {
    credential:
      credential === 'token' && model.token
        ? tokenSnippet(model.token)
        : keySnippet,
    ...callSnippets({
      baseUrl,
      modelId: model.modelId,
      caFile: model.caFile,
      variable: credential === 'token' ? 'SLIPWAY_TOKEN' : 'SLIPWAY_KEY',
    }),
  };
  const calls = ['curl', 'python', 'typescript'] as const;
  // Where only tokens count and the portal does not know where they come from, it can't say how to get one.
  const names =
    credential === 'token' && !model.token
      ? calls
      : (['credential', ...calls] as const);
  const [name, setName] = useState<SnippetName>('curl');
  const labelOf = (id: SnippetName) =>
    t(`model.snippet.${id === 'credential' ? credential : id}`);
  const label = labelOf(name);
  return (
    <>
      {model.token && !only && (
        <Choice<Credential>
          label={t('model.credential')}
          options={[
            { id: 'key', label: t('model.withKey') },
            { id: 'token', label: t('model.withToken') },
          ]}
          value={credential}
          onChange={setCredential}
        />
      )}
      <Choice<SnippetName>
        label={t('model.language')}
        options={names.map(id => ({ id, label: labelOf(id) }))}
        value={name}
        onChange={setName}
      />
      <CodeBlock text={snippets[name]} label={label} />
      <div className={styles.foot}>
        <span className={styles.note}>
          {credential === 'token' ? (
            t('model.tokenHint')
          ) : (
            <>
              {t('model.keyHint')}{' '}
              <PageLink to={links.access()}>{t('model.keyWhere')}</PageLink>
            </>
          )}
        </span>
        <CopyButton text={snippets[name]} what={label} />
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
