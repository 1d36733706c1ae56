import { Alert, Select, useAsyncList } from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { LlmApi, llmApiRef } from '../api';
import { messageOf } from '../components/ErrorState';
import { llmTranslationRef } from '../translation';

/** So many are asked for at a time; the server searches, so that every model can be found, however many there are. */
const PAGE = 100;

interface ModelOption {
  /** `<namespace>/<name>`. */
  id: string;
  label: string;
}

/** What is still to be read: pages of all models, or of one owner's after the other's. */
interface Rest {
  owners: (string | undefined)[];
  cursor?: string;
}

/** Names one of the models that the person may see, or of those that some owners have. */
export function ModelField(props: {
  label: string;
  /** Said instead where there is none. */
  none?: string;
  /** Entity refs; whoever owns it if absent. */
  owners?: string[];
  /** `<namespace>/<name>`. */
  value: string | undefined;
  onChange(model: string): void;
}) {
  const { none, owners } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(llmApiRef);
  const list = useAsyncList<ModelOption, Rest>({
    load: ({ signal, filterText = '', cursor }) =>
      readOptions({ api, owners, signal, search: filterText, rest: cursor }),
  });
  const isEmpty = list.loadingState === 'idle' && list.items.length === 0;
  if (none && isEmpty && !list.filterText) {
    return <p>{none}</p>;
  }
  return (
    <>
      {list.error && (
        <Alert
          role="alert"
          status="danger"
          icon
          description={messageOf(list.error)}
        />
      )}
      <Select
        label={props.label}
        isRequired
        placeholder={t('access.give.chooseModel')}
        options={list}
        search={{
          mode: 'server',
          placeholder: t('access.ask.searchModel'),
        }}
        value={props.value ?? null}
        onChange={value => props.onChange(String(value))}
      />
    </>
  );
}

async function readOptions(options: {
  api: LlmApi;
  owners: string[] | undefined;
  search: string;
  rest: Rest | undefined;
  signal: AbortSignal;
}): Promise<{ items: ModelOption[]; cursor?: Rest }> {
  const { api, search, signal } = options;
  const items: ModelOption[] = [];
  let rest = options.rest ?? (await firstOf(options));
  while (rest.owners.length > 0 && items.length < PAGE) {
    const [owner, ...others] = rest.owners;
    const { cursor } = rest;
    const page = await api.listModels(
      { search: search || undefined, owner, limit: PAGE, cursor },
      signal,
    );
    items.push(
      ...page.items.map(({ namespace, name, modelId }) => ({
        id: `${namespace}/${name}`,
        label: `${name} (${modelId})`,
      })),
    );
    rest = page.nextCursor
      ? { owners: rest.owners, cursor: page.nextCursor }
      : { owners: others };
  }
  return { items, cursor: rest.owners.length > 0 ? rest : undefined };
}

/** Of the owners, those who have a model: somebody is in many groups, and few of them own any. */
async function firstOf(options: {
  api: LlmApi;
  owners: string[] | undefined;
  signal: AbortSignal;
}): Promise<Rest> {
  const { api, owners, signal } = options;
  if (!owners) {
    return { owners: [undefined] };
  }
  const known = await api.listModels({ limit: 1 }, signal);
  return {
    owners: (known.owners ?? []).filter(ref => owners.includes(ref)),
  };
}
