import {
  AuthenticationError,
  ConflictError,
  InputError,
  NotAllowedError,
  NotFoundError,
} from '@backstage/errors';
import type {
  GithubCredentialsProvider,
  GithubIntegrationConfig,
} from '@backstage/integration';
import { Octokit } from '@octokit/rest';
import {
  ProposedChange,
  PullRequest,
  PullRequestHost,
  PullRequestHostBusy,
} from '@slipway/plugin-llm-node';

/** How long GitHub may take for one answer. */
const TIMEOUT_MS = 15_000;
const DEFAULT_BUSY_MS = 60_000;

/** Which repository, and with which of `integrations.github`. */
export interface GithubOptions {
  integration: GithubIntegrationConfig;
  credentials: Pick<GithubCredentialsProvider, 'getCredentials'>;
  owner: string;
  repo: string;
}

/** What of a pull request GitHub's REST API tells in lists and alone. */
interface Pull {
  number: number;
  html_url: string;
  state: string;
  merged_at?: string | null;
  head: { ref: string };
}

/**
 * Proposes changes on github.com or a GitHub Enterprise Server, with the credentials of Backstage's GitHub integration.
 *
 * Each step is refused by GitHub when it was taken before: a branch, a file on it and a pull request from it are made once, whoever
 * comes twice or at the same time. So a refusal is looked at before it counts: what is there already is success.
 */
export class GithubPullRequests implements PullRequestHost {
  readonly name = 'GitHub';
  readonly #options: GithubOptions;

  static create(options: GithubOptions): GithubPullRequests {
    return new GithubPullRequests(options);
  }

  private constructor(options: GithubOptions) {
    this.#options = options;
  }

  /** {@inheritDoc PullRequestHost.propose} */
  async propose(change: ProposedChange): Promise<PullRequest> {
    return this.#on(async api => {
      const known = await this.#ofBranch(api, change.branch);
      if (known) {
        return known;
      }
      const target =
        change.targetBranch ??
        (await api.repos.get(this.#repository)).data.default_branch;
      await this.#ensureBranch(api, change.branch, target);
      await this.#ensureFile(api, change);
      return this.#open(api, change, target);
    });
  }

  /** {@inheritDoc PullRequestHost.read} */
  async read(id: string): Promise<PullRequest> {
    return this.#on(async api => {
      const { data } = await api.pulls.get({
        ...this.#repository,
        pull_number: Number(id),
      });
      return toPullRequest(data);
    });
  }

  get #repository(): { owner: string; repo: string } {
    const { owner, repo } = this.#options;
    return { owner, repo };
  }

  /** The pull request from a branch, also if it is over and the branch is gone; an open one before others. */
  async #ofBranch(
    api: Octokit,
    branch: string,
  ): Promise<PullRequest | undefined> {
    const { owner } = this.#options;
    const { data } = await api.pulls.list({
      ...this.#repository,
      head: `${owner}:${branch}`,
      state: 'all',
    });
    // GitHub ignores a filter that it does not understand, and lists all.
    const pulls = data.filter(({ head }) => head.ref === branch);
    const found = pulls.find(({ state }) => state === 'open') ?? pulls[0];
    return found && toPullRequest(found);
  }

  async #ensureBranch(
    api: Octokit,
    branch: string,
    target: string,
  ): Promise<void> {
    if (await this.#head(api, branch)) {
      return;
    }
    const sha = await this.#head(api, target);
    if (sha === undefined) {
      throw new InputError(
        `${
          this.#where
        } has no branch ${target}: set llm.newModels.pullRequest.targetBranch to one that it has.`,
      );
    }
    try {
      await api.git.createRef({
        ...this.#repository,
        ref: `refs/heads/${branch}`,
        sha,
      });
    } catch (error) {
      if (statusOf(error) !== 422 || !(await this.#head(api, branch))) {
        throw error;
      }
    }
  }

  /** The commit that a branch is at. */
  async #head(api: Octokit, branch: string): Promise<string | undefined> {
    try {
      const { data } = await api.git.getRef({
        ...this.#repository,
        ref: `heads/${branch}`,
      });
      return data.object.sha;
    } catch (error) {
      if (statusOf(error) === 404) {
        return undefined;
      }
      throw error;
    }
  }

  async #ensureFile(api: Octokit, change: ProposedChange): Promise<void> {
    if (await this.#hasFile(api, change)) {
      return;
    }
    try {
      await api.repos.createOrUpdateFileContents({
        ...this.#repository,
        branch: change.branch,
        path: change.path,
        message: change.title,
        content: Buffer.from(change.content).toString('base64'),
      });
    } catch (error) {
      // Without the hash of what is there, GitHub refuses to replace a file.
      const isThere =
        [409, 422].includes(statusOf(error) ?? 0) &&
        (await this.#hasFile(api, change));
      if (!isThere) {
        throw error;
      }
    }
  }

  /** @throws ConflictError when there is another file under this path */
  async #hasFile(
    api: Octokit,
    { branch, path, content }: ProposedChange,
  ): Promise<boolean> {
    let data;
    try {
      ({ data } = await api.repos.getContent({
        ...this.#repository,
        path,
        ref: branch,
      }));
    } catch (error) {
      if (statusOf(error) === 404) {
        return false;
      }
      throw error;
    }
    const there =
      'content' in data
        ? Buffer.from(data.content, 'base64').toString('utf8')
        : undefined;
    if (there !== content) {
      throw new ConflictError(
        `There is something else under ${path} in ${
          this.#where
        } already. Take it away there${
          there === undefined ? '' : `, and the branch ${branch} with it`
        }, or ask for the model under another name.`,
      );
    }
    return true;
  }

  async #open(
    api: Octokit,
    { branch, title, description }: ProposedChange,
    target: string,
  ): Promise<PullRequest> {
    try {
      const { data } = await api.pulls.create({
        ...this.#repository,
        title,
        body: description,
        head: branch,
        base: target,
      });
      return toPullRequest(data);
    } catch (error) {
      const there =
        statusOf(error) === 422 ? await this.#ofBranch(api, branch) : undefined;
      if (there) {
        return there;
      }
      throw error;
    }
  }

  /** Works with credentials, and tells errors as a person can act on them. */
  async #on<T>(work: (api: Octokit) => Promise<T>): Promise<T> {
    const { credentials, integration, owner, repo } = this.#options;
    const { token } = await credentials.getCredentials({
      url: `https://${integration.host}/${owner}/${repo}`,
    });
    if (token === undefined) {
      throw new NotAllowedError(
        `There are no credentials for ${
          this.#where
        }: set a token in integrations.github for ${
          integration.host
        }, or install its GitHub App for ${owner}.`,
      );
    }
    const api = new Octokit({
      auth: token,
      baseUrl: integration.apiBaseUrl,
      userAgent: 'slipway',
      // What fails is told by the request and tried again; the log would only repeat it.
      log: { debug() {}, info() {}, warn() {}, error() {} },
      request: {
        fetch: (url: string, options: RequestInit) =>
          fetch(url, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) }),
      },
    });
    try {
      return await work(api);
    } catch (error) {
      throw this.#told(error);
    }
  }

  #told(error: unknown): unknown {
    const status = statusOf(error);
    if (status === undefined || !(error instanceof Error)) {
      return error;
    }
    const busyMs = busyOf(error);
    if (busyMs !== undefined) {
      return new PullRequestHostBusy(
        `${this.name} takes no more requests of the portal for a while (rate limit).`,
        busyMs,
      );
    }
    const { integration } = this.#options;
    const said = error.message.slice(0, 500);
    switch (status) {
      case 401:
        return new AuthenticationError(
          `${this.name} does not accept the credentials for ${integration.host}: replace the token or the GitHub App in integrations.github.`,
        );
      case 403:
        return new NotAllowedError(
          `The credentials in integrations.github must not propose to ${
            this.#where
          }: give them write access to its contents and pull requests. ${
            this.name
          } says: ${said}`,
        );
      case 404:
        return new NotFoundError(
          `There is no ${
            this.#where
          } that the credentials in integrations.github may write to: see llm.newModels.pullRequest.repoUrl, and give them write access to contents and pull requests.`,
        );
      case 422:
        return new InputError(
          `${this.name} does not take the proposal to ${this.#where}: ${said}`,
        );
      default:
        return new Error(
          `${this.name} does not answer as it should (${status}): ${said}`,
        );
    }
  }

  get #where(): string {
    const { integration, owner, repo } = this.#options;
    return `${integration.host}/${owner}/${repo}`;
  }
}

function toPullRequest(pull: Pull): PullRequest {
  const over = pull.merged_at ? ('merged' as const) : ('closed' as const);
  return {
    id: String(pull.number),
    url: pull.html_url,
    state: pull.state === 'open' ? 'open' : over,
  };
}

/** The status of an answer that is no success; Octokit makes 500 of no answer at all. */
function statusOf(error: unknown): number | undefined {
  return error instanceof Error &&
    'status' in error &&
    typeof error.status === 'number'
    ? error.status
    : undefined;
}

/**
 * For how long GitHub wants to be left alone, if that is why it refuses.
 *
 * Source: docs.github.com, "Rate limits for the REST API": 403 or 429 with `retry-after`, or with `x-ratelimit-remaining: 0` and the end
 * in `x-ratelimit-reset` (seconds since 1970); else a minute at least.
 */
function busyOf(error: Error): number | undefined {
  const status = statusOf(error);
  if (status !== 403 && status !== 429) {
    return undefined;
  }
  const header = (name: string): number | undefined => {
    const value = headersOf(error)[name];
    return typeof value === 'string' && /^\d+$/.test(value)
      ? Number(value)
      : undefined;
  };
  const after = header('retry-after');
  if (after !== undefined) {
    return after * 1_000;
  }
  if (header('x-ratelimit-remaining') === 0) {
    const reset = header('x-ratelimit-reset');
    return reset === undefined
      ? DEFAULT_BUSY_MS
      : Math.max(reset * 1_000 - Date.now(), 1_000);
  }
  return status === 429 || /secondary rate limit/i.test(error.message)
    ? DEFAULT_BUSY_MS
    : undefined;
}

function headersOf(error: Error): Record<string, unknown> {
  const response = 'response' in error ? error.response : undefined;
  const isObject = typeof response === 'object' && response !== null;
  const headers = isObject && 'headers' in response ? response.headers : {};
  return typeof headers === 'object' && headers !== null
    ? Object.fromEntries(Object.entries(headers))
    : {};
}
