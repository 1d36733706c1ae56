import { createExtensionPoint } from '@backstage/backend-plugin-api';

/** One file that is proposed to a repository. */
export interface ProposedChange {
  /** Named after the request, so that a branch of this name is this change's own, whoever made it and died. */
  branch: string;
  /** The branch to merge into; the default one of the repository if absent. */
  targetBranch?: string;
  /** Path of the file in the repository, without a leading slash. */
  path: string;
  content: string;
  /** One line; also the first of the commit's message. */
  title: string;
  /** Markdown. What people wrote is escaped in it. */
  description: string;
}

/** A pull request, or whatever the host calls it. */
export interface PullRequest {
  /** As the host names it within the repository, e.g. its number. */
  id: string;
  /** Where people read it. */
  url: string;
  /** `closed`: without having been merged. */
  state: 'open' | 'merged' | 'closed';
}

/**
 * A repository that takes pull requests.
 *
 * Errors say who has to act. One of `@backstage/errors` whose name is in {@link REFUSALS} needs a person: its message names the field or
 * the right and the remedy, and people read it. {@link PullRequestHostBusy} says when to come again. Whatever else is tried again.
 */
export interface PullRequestHost {
  /** For people, e.g. `GitHub`. */
  name: string;
  /**
   * Makes the pull request of a change, or finds the one that there is, in whatever state. It is called again after each failure, by
   * several processes at once, and after a process died anywhere within it; still there is one branch, one commit and one pull request.
   */
  propose(change: ProposedChange): Promise<PullRequest>;
  /** The pull request as it is now. */
  read(id: string): Promise<PullRequest>;
}

/** Names of errors that trying again does not mend. */
export const REFUSALS = [
  'AuthenticationError',
  'ConflictError',
  'InputError',
  'NotAllowedError',
  'NotFoundError',
] as const;

/** The host takes nothing now, and says when it will. */
export class PullRequestHostBusy extends Error {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super(message);
    this.name = 'PullRequestHostBusy';
    this.retryAfterMs = retryAfterMs;
  }
}

/** Where the llm plugin proposes new models. */
export interface LlmPullRequestHostExtensionPoint {
  /**
   * Proposes new models here instead of to the GitHub that `llm.newModels.pullRequest.repoUrl` names.
   *
   * @throws Error when another module has set one
   */
  setHost(host: PullRequestHost): void;
}

/** {@inheritdoc LlmPullRequestHostExtensionPoint} */
export const llmPullRequestHostExtensionPoint =
  createExtensionPoint<LlmPullRequestHostExtensionPoint>({
    id: 'llm.pullRequestHost',
  });
