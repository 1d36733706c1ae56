import { useMemo, useState } from 'react';
import { Alert, Button, ButtonLink, Select } from '@backstage/ui';
import { RiRouteLine } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { KeySummary, WhyAnswer, WhyLink } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { ErrorState } from '../components/ErrorState';
import { Section } from '../components/Section';
import { StatePanel } from '../components/StatePanel';
import { Step, StepList } from '../components/StepList';
import { RingIcon, WarningIcon, DashIcon } from '../components/icons';
import { modelName } from '../format';
import { LiveIndicator, useLivePages, useLiveResource } from '../live';
import { useModelLinks, useSearchState } from '../navigation';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { CreateKeyDialog } from './CreateKeyDialog';
import { Person } from './Person';
import { WithPeople } from './WithPeople';
import { RequestAccessDialog } from './RequestAccessDialog';
import { useCallableModels } from './useChoices';
import pageStyles from './AccessPage.module.css';
import styles from './WhyTab.module.css';

const NO_KEY = 'none';

type Action = NonNullable<NonNullable<WhyAnswer['broken']>['action']>;

/** Walks from who calls to the model, and stops at the one link that is broken. */
export function WhyTab() {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const [params, setParams] = useSearchState();
  const model = params.get('model') ?? undefined;
  const key = params.get('key') ?? undefined;
  // Above the answer: what she began goes on, whatever the answer says meanwhile.
  const [opened, setOpened] = useState<Action>();
  const keys = useLivePages<KeySummary>({
    key: 'keys mine all',
    ask: (page, signal) => api.listKeys({ scope: 'mine', ...page }, signal),
  });
  const offered = useWalkableModels(model, keys.items);
  const chosenKey = keys.items?.find(({ id }) => id === key);
  const keyIds = [
    ...(keys.items ?? []).map(each => ({
      id: each.id,
      label: `${each.name}, ${each.display}…`,
    })),
    // A link may name a key that is not in the list.
    ...(key && !chosenKey ? [{ id: key, label: key }] : []),
  ];
  return (
    <Section
      title={t('access.why.title')}
      aside={
        <span className={pageStyles.filters}>
          <Select
            size="small"
            aria-label={t('access.why.key')}
            icon={
              <span className={pageStyles.name}>{t('access.why.key')}</span>
            }
            options={[{ id: NO_KEY, label: t('access.why.noKey') }, ...keyIds]}
            value={key ?? NO_KEY}
            onChange={value =>
              setParams({ key: value === NO_KEY ? undefined : String(value) })
            }
          />
          <Select
            size="small"
            aria-label={t('access.why.model')}
            icon={
              <span className={pageStyles.name}>{t('access.why.model')}</span>
            }
            searchable
            searchPlaceholder={t('access.ask.searchModel')}
            style={{ minWidth: 240 }}
            placeholder={t('access.why.choose')}
            options={offered.map(id => ({ id, label: modelName(id) }))}
            value={model ?? null}
            onChange={value => setParams({ model: String(value) })}
          />
        </span>
      }
    >
      {model ? (
        <Walk
          key={`${model} ${key}`}
          model={model}
          apiKey={key}
          onRemedy={setOpened}
        />
      ) : (
        <StatePanel
          icon={<RiRouteLine size={16} />}
          title={t('access.why.emptyTitle')}
        >
          {t('access.why.emptyText')}
        </StatePanel>
      )}
      <RemedyDialog action={opened} onClose={() => setOpened(undefined)} />
    </Section>
  );
}

/** Models that she may call or ask for, those of her keys, and the one in the address. */
function useWalkableModels(
  model: string | undefined,
  keys: KeySummary[] | undefined,
): string[] {
  const { models } = useCallableModels();
  return useMemo(
    () =>
      [
        ...new Set([
          ...(models ?? []).map(each => each.model),
          ...(keys ?? []).flatMap(each => each.models.map(of => of.model)),
          ...(model ? [model] : []),
        ]),
      ].sort((a, b) => modelName(a).localeCompare(modelName(b))),
    [models, keys, model],
  );
}

function Walk(props: {
  model: string;
  apiKey?: string;
  onRemedy(action: Action): void;
}) {
  const { model, apiKey, onRemedy } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const resource = useLiveResource<WhyAnswer>({
    key: `why ${model} ${apiKey}`,
    followsModels: true,
    load: (_previous, signal) => api.why({ model, key: apiKey }, signal),
  });
  const answer = resource.value;
  if (!answer) {
    return resource.error ? (
      <ErrorState
        error={resource.error}
        title={t('access.why.errorTitle')}
        retry={resource.retry}
      />
    ) : (
      <p className={styles.wait} role="status">
        {t('access.why.walking')}
      </p>
    );
  }
  return (
    <>
      <div className={styles.verdict}>
        <Alert
          status={answer.callable ? 'success' : 'danger'}
          icon
          title={
            answer.callable
              ? t('access.why.callable', { model: answer.modelId })
              : t('access.why.refused', { model: answer.modelId })
          }
        />
        <LiveIndicator resource={resource} />
      </div>
      <StepList
        column
        label={t('access.why.steps')}
        steps={answer.links.map(link => ({
          ...toStep(link, t),
          body: link.state === 'broken' && answer.broken && (
            <Remedy
              answer={answer}
              broken={answer.broken}
              onRemedy={onRemedy}
            />
          ),
        }))}
      />
    </>
  );
}

const icons = {
  ok: <RingIcon />,
  broken: <RingIcon />,
  ahead: <RingIcon />,
  warning: <WarningIcon />,
  unknown: <DashIcon />,
};

const states = {
  ok: 'done',
  broken: 'failed',
  ahead: 'ahead',
  warning: 'warning',
  unknown: 'unknown',
} as const;

type Translate = ReturnType<
  typeof useTranslationRef<(typeof llmTranslationRef)['T']>
>['t'];

function toStep(link: WhyLink, t: Translate): Step {
  return {
    key: link.name,
    title: t(`access.why.link.${link.name}`),
    state: states[link.state],
    stateLabel: t(`access.why.state.${link.state}`),
    icon: icons[link.state],
    text: <WithPeople text={link.text} />,
  };
}

function Remedy(props: {
  answer: WhyAnswer;
  broken: NonNullable<WhyAnswer['broken']>;
  onRemedy(action: Action): void;
}) {
  const { answer, broken, onRemedy } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useModelLinks();
  const { me } = useAccessPerson();
  const { action } = broken;
  const [namespace, name = ''] = answer.model.split('/');
  return (
    <div className={styles.remedy}>
      <p>
        <WithPeople text={broken.remedy} />
      </p>
      {action?.kind === 'ask-for-access' && (
        <Button size="small" variant="primary" onPress={() => onRemedy(action)}>
          {action.service
            ? t('access.why.askFor', { service: action.service })
            : t('access.requestAccess')}
        </Button>
      )}
      {action?.kind === 'create-key' && (
        <Button size="small" variant="primary" onPress={() => onRemedy(action)}>
          {t('access.createKey')}
        </Button>
      )}
      {action?.kind === 'open-model' && (
        <ButtonLink
          size="small"
          variant="primary"
          href={links.model({ namespace, name })}
        >
          {t('access.why.openModel')}
        </ButtonLink>
      )}
      <p className={styles.small}>
        {broken.who.length > 0 && (
          <>
            {t('access.why.who')}{' '}
            {broken.who.map((who, index) => (
              <span key={who}>
                {index > 0 && ', '}
                {who.includes(':') && who !== me ? (
                  <Person entityRef={who} />
                ) : (
                  <Someone who={who} />
                )}
              </span>
            ))}
            {'. '}
          </>
        )}
        {t('access.why.answered', {
          status: String(broken.answered.status),
          by: broken.answered.by,
        })}{' '}
        <code>{broken.answered.code}</code>
      </p>
    </div>
  );
}

/** The dialog of a remedy that is one. */
function RemedyDialog(props: { action?: Action; onClose(): void }) {
  const { action, onClose } = props;
  switch (action?.kind) {
    case 'ask-for-access':
      return (
        <RequestAccessDialog
          model={action.model}
          service={action.service}
          tenant={action.tenant}
          onClose={onClose}
        />
      );
    case 'create-key':
      return <CreateKeyDialog model={action.model} onClose={onClose} />;
    default:
      return null;
  }
}

/** Who fixes it: the person herself, or a role in words. */
function Someone(props: { who: string }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const { me } = useAccessPerson();
  return <>{props.who === me ? t('access.you') : props.who}</>;
}
