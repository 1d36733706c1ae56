import {
  ModelDetail,
  ModelList,
  ModelPhase,
  ModelSummary,
  modelPhases,
} from '@slipway/plugin-llm-common';
import { FakeAccess, FakeChange } from './FakeAccess';
import { FakeAnswer, failure, json, text } from './fakeAnswers';

const notFound = failure(404, 'No such model');

/** The llm backend's HTTP contract over models in memory, for tests and for looking at the pages without a cluster. */
export class FakeBackend {
  models: ModelDetail[];
  readonly access = new FakeAccess();
  /** Answers instead of everything, while set. */
  failure: FakeAnswer | undefined;
  /** Answers instead of some paths only, while set. */
  failing: { paths: RegExp; answer: FakeAnswer } | undefined;
  /** What answers to changes wait for, if set. */
  slow: Promise<void> | undefined;
  /** Paths with queries, in the order in which they were asked for. */
  readonly requests: string[] = [];
  #revision = 1;
  /** How much its clock is ahead of the browser's. */
  clockAheadMs = 0;
  /** How long it has heard nothing from the cluster. */
  silentForMs = 0;
  readonly #listeners = new Set<() => void>();

  constructor(models: ModelDetail[]) {
    this.models = models;
  }

  /** Changes one model and tells those who listen. */
  change(name: string, change: Partial<ModelDetail>): void {
    this.models = this.models.map(model =>
      model.name === name ? { ...model, ...change } : model,
    );
    this.touch();
  }

  /** Says that something changed. */
  touch(): void {
    this.#revision += 1;
    for (const listener of this.#listeners) {
      listener();
    }
  }

  /** Calls the listener on every change, as the signal channel does. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Answers a path below `/api/llm`. */
  handle(
    pathAndQuery: string,
    method = 'GET',
    change: Pick<FakeChange, 'body' | 'idempotencyKey'> = { body: {} },
  ): FakeAnswer {
    this.requests.push(pathAndQuery);
    if (this.failure) {
      return this.failure;
    }
    if (this.failing?.paths.test(pathAndQuery)) {
      return this.failing.answer;
    }
    const url = new URL(pathAndQuery, 'http://llm');
    const parts = url.pathname
      .split('/')
      .filter(Boolean)
      .map(decodeURIComponent);
    if (parts[0] === 'v1' && parts[1] !== 'models') {
      const path = url.pathname;
      const answer = this.access.handle(method, url, {
        ...change,
        method,
        path,
      });
      return answer ?? notFound;
    }
    if (parts[0] !== 'v1') {
      return notFound;
    }
    if (parts.length === 2) {
      return json(this.#list(url.searchParams));
    }
    const model = this.models.find(
      ({ namespace, name }) => namespace === parts[2] && name === parts[3],
    );
    if (!model) {
      return notFound;
    }
    if (parts.length === 4) {
      return json(model);
    }
    if (parts[4] === 'pods') {
      return text(logOf(parts[5], url.searchParams));
    }
    return text(
      `apiVersion: v1\nkind: ${parts[5]}\nmetadata:\n  name: ${parts[6]}\n  namespace: ${model.namespace}\n`,
      'application/yaml',
    );
  }

  #list(params: URLSearchParams): ModelList {
    const words = (params.get('search') ?? '').toLowerCase().split(/\s+/);
    const phases = params.get('phases')?.split(',');
    const uids = params.get('uids')?.split(',');
    const found = this.models.filter(
      model =>
        words.every(word =>
          `${model.name} ${model.modelId} ${model.owner}`
            .toLowerCase()
            .includes(word),
        ) &&
        (!uids || uids.includes(model.uid)) &&
        (!params.get('access') || model.access === params.get('access')) &&
        (params.get('access') !== 'open' || !isRefused(model)) &&
        (!params.get('owner') || model.owner === params.get('owner')),
    );
    const inPhases = found
      .filter(model => !phases || phases.includes(model.phase))
      .sort(by(params.get('sort') ?? 'name', params.get('order') === 'desc'));
    const start = Number(params.get('cursor') ?? 0);
    const end = start + Number(params.get('limit') ?? 100);
    const counts = modelPhases.map(
      phase => [phase, found.filter(m => m.phase === phase).length] as const,
    );
    return {
      items: inPhases.slice(start, end),
      totalItems: inPhases.length,
      refusedItems: inPhases.filter(isRefused).length,
      phaseCounts: phaseRecord(counts),
      owners: [...new Set(this.models.flatMap(m => m.owner ?? []))].sort(),
      nextCursor: end < inPhases.length ? String(end) : undefined,
      revision: String(this.#revision),
      asOf: new Date(Date.now() + this.clockAheadMs).toISOString(),
      silentForMs: this.silentForMs,
    };
  }
}

function isRefused({ myAccess }: ModelSummary): boolean {
  return myAccess?.state === 'refused';
}

function phaseRecord(
  counts: ReadonlyArray<readonly [ModelPhase, number]>,
): Record<ModelPhase, number> {
  const record: Record<ModelPhase, number> = {
    Pending: 0,
    Downloading: 0,
    Starting: 0,
    Ready: 0,
    Degraded: 0,
    Error: 0,
  };
  for (const [phase, count] of counts) {
    record[phase] = count;
  }
  return record;
}

function by(sort: string, descending: boolean) {
  const key = (model: ModelSummary): string | number =>
    ({
      phase: modelPhases.indexOf(model.phase),
      age: model.createdAt,
      gpus: model.gpus.total,
    }[sort] ?? model.name);
  const sign = descending ? -1 : 1;
  return (a: ModelSummary, b: ModelSummary) => {
    const [first, second] = [key(a), key(b)];
    if (first === second) {
      return a.name.localeCompare(b.name);
    }
    return first < second ? -sign : sign;
  };
}

function logOf(pod: string, params: URLSearchParams): string {
  return [
    `${params.get('container') ?? 'default'} of ${pod}`,
    'INFO 11-20 10:41:02 [api_server.py:1042] Starting vLLM API server',
    'INFO 11-20 10:41:09 [weight_utils.py:291] Loading safetensors checkpoint shards: 62 %',
    'INFO 11-20 10:41:33 [gpu_model_runner.py:1770] Model loading took 22.34 GiB and 24.1 s',
  ].join('\n');
}
