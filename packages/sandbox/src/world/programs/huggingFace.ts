/** A repository of Hugging Face, as the sandbox pretends it. */
export interface Repository {
  id: string;
  bytes: number;
  files: number;
  /** Needs a token of somebody who has accepted its terms. */
  gated: boolean;
}

/** Why a download ends early. The names are those of the download Job's termination message. */
export type DownloadRefusal =
  | 'SourceForbidden'
  | 'SourceNotFound'
  | 'SourceUnreachable'
  | 'DiskFull'
  | 'Failed';

const GB = 1e9;

/** Repositories by id. Sizes are those of the safetensors files on huggingface.co, rounded. */
const known: readonly Repository[] = [
  { id: 'BAAI/bge-m3', bytes: 2.27 * GB, files: 12, gated: false },
  {
    id: 'deepseek-ai/DeepSeek-R1-Distill-Llama-70B',
    bytes: 141 * GB,
    files: 26,
    gated: false,
  },
  { id: 'facebook/opt-125m', bytes: 0.25 * GB, files: 9, gated: false },
  { id: 'google/gemma-3-27b-it', bytes: 54.9 * GB, files: 24, gated: true },
  {
    id: 'meta-llama/Llama-3.1-8B-Instruct',
    bytes: 16.1 * GB,
    files: 13,
    gated: true,
  },
  {
    id: 'meta-llama/Llama-3.3-70B-Instruct',
    bytes: 141 * GB,
    files: 39,
    gated: true,
  },
  {
    id: 'mistralai/Devstral-Small-2505',
    bytes: 47.2 * GB,
    files: 17,
    gated: true,
  },
  { id: 'openai/gpt-oss-120b', bytes: 65.3 * GB, files: 24, gated: false },
  { id: 'openai/gpt-oss-20b', bytes: 13.8 * GB, files: 13, gated: false },
  {
    id: 'Qwen/Qwen2.5-0.5B-Instruct',
    bytes: 0.99 * GB,
    files: 10,
    gated: false,
  },
  { id: 'Qwen/Qwen2.5-7B-Instruct', bytes: 15.2 * GB, files: 14, gated: false },
  { id: 'Qwen/Qwen3-8B', bytes: 16.4 * GB, files: 15, gated: false },
  {
    id: 'Qwen/Qwen3.5-35B-A3B-GPTQ-Int4',
    bytes: 22.6 * GB,
    files: 16,
    gated: false,
  },
  {
    id: 'sentence-transformers/all-MiniLM-L6-v2',
    bytes: 0.09 * GB,
    files: 11,
    gated: false,
  },
];

const gatedOwners = ['gated/', 'mistralai/'];
const defaultRepository = { bytes: 16 * GB, files: 12 };

/** Accounts whose token is not accepted. */
const REFUSED_TOKEN = 'hf_refused';

/** What the sandbox has instead of huggingface.co: a table, a speed, and failures on demand. */
export class HuggingFace {
  readonly #repositories = new Map(
    known.map(repository => [
      repository.id,
      { ...repository, bytes: Math.round(repository.bytes) },
    ]),
  );
  readonly #failures = new Map<string, DownloadRefusal>();
  /** Bytes per second of one download, in the sandbox's (scaled) time. */
  bytesPerSecond: number;

  constructor(bytesPerSecond = 2.5 * GB) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** The repository; any id exists unless it starts with `missing/`. */
  find(id: string): Repository | undefined {
    if (id.startsWith('missing/')) return undefined;
    const gated = gatedOwners.some(owner => id.startsWith(owner));
    return this.#repositories.get(id) ?? { id, ...defaultRepository, gated };
  }

  /** Sets size and number of files of a repository. Returns a function that undoes it. */
  set(repository: Repository): () => void {
    const before = this.#repositories.get(repository.id);
    this.#repositories.set(repository.id, repository);
    return () => {
      if (before) this.#repositories.set(repository.id, before);
      else this.#repositories.delete(repository.id);
    };
  }

  /** Lets downloads of a repository fail, until the returned function is called. */
  fail(id: string, reason: DownloadRefusal): () => void {
    this.#failures.set(id, reason);
    return () => {
      if (this.#failures.get(id) === reason) this.#failures.delete(id);
    };
  }

  /** The failure that was set for this repository. */
  failureOf(id: string): DownloadRefusal | undefined {
    return this.#failures.get(id);
  }

  /** What the hub answers to a request for a repository: 200, or why not. */
  answer(id: string, token: string | undefined): 200 | 401 | 403 | 404 {
    const repository = this.find(id);
    if (!repository) return 404;
    if (!repository.gated) return 200;
    if (!token) return 401;
    return token.trim() === REFUSED_TOKEN ? 403 : 200;
  }
}
