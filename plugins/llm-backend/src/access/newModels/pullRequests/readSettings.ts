import type { RootConfigService } from '@backstage/backend-plugin-api';
import { InputError } from '@backstage/errors';
import {
  DefaultGithubCredentialsProvider,
  ScmIntegrations,
} from '@backstage/integration';
import type { PullRequestHost } from '@slipway/plugin-llm-node';
import type { ChangeSettings } from './change';
import { GithubPullRequests } from './GithubPullRequests';

const KEY = 'llm.newModels.pullRequest';
const KNOWN = ['repoUrl', 'targetBranch', 'path', 'remindDays'];
const DEFAULT_PATH = 'models/{namespace}/{name}.yaml';
const DEFAULT_REMIND_DAYS = 3;

/** What `llm.newModels.pullRequest` says. */
export interface PullRequestSettings {
  host: PullRequestHost;
  change: ChangeSettings;
  /** Days after which people are told that a pull request waits. */
  remindDays: number;
}

/**
 * Where and how approved models are proposed.
 *
 * @param installed - the host that a module brought, if any; then `repoUrl` is its own business
 * @throws InputError that names the setting and the remedy
 */
export function readPullRequestSettings(
  config: RootConfigService,
  installed: PullRequestHost | undefined,
): PullRequestSettings {
  const own = config.getOptionalConfig(KEY);
  for (const name of own?.keys() ?? []) {
    if (!KNOWN.includes(name)) {
      throw new InputError(
        `${KEY}.${name}: there is no such setting. There are: ${KNOWN.join(
          ', ',
        )}.`,
      );
    }
  }
  const remindDays =
    own?.getOptionalNumber('remindDays') ?? DEFAULT_REMIND_DAYS;
  if (!Number.isInteger(remindDays) || remindDays < 1 || remindDays > 365) {
    throw new InputError(
      `${KEY}.remindDays: a whole number from 1 to 365, not ${remindDays}.`,
    );
  }
  return {
    remindDays,
    host: installed ?? githubOf(config, own?.getOptionalString('repoUrl')),
    change: {
      path: readPath(own?.getOptionalString('path') ?? DEFAULT_PATH),
      targetBranch: readBranch(own?.getOptionalString('targetBranch')),
      portalUrl: config.getString('app.baseUrl').replace(/\/+$/, ''),
    },
  };
}

function githubOf(
  config: RootConfigService,
  repoUrl: string | undefined,
): PullRequestHost {
  const remedy =
    'github.com?owner=<owner>&repo=<repository>, as templates name repositories';
  if (repoUrl === undefined) {
    throw new InputError(`${KEY}.repoUrl: needed: ${remedy}.`);
  }
  const { host, owner, repo } = parseRepoUrl(repoUrl);
  if (!owner || !repo || !host) {
    throw new InputError(`${KEY}.repoUrl: ${remedy}, not ${repoUrl}.`);
  }
  const integrations = ScmIntegrations.fromConfig(config);
  const integration = integrations.github.byHost(host);
  if (!integration) {
    const other = integrations.byHost(host);
    throw new InputError(
      other
        ? `${KEY}.repoUrl: ${host} is a ${other.type}; only GitHub is built in. Install a module that sets llmPullRequestHostExtensionPoint, or name a repository on GitHub.`
        : `${KEY}.repoUrl: nothing is known of ${host}. Add it to integrations.github.`,
    );
  }
  const { token, apps } = integration.config;
  if (!token && !apps?.length) {
    throw new InputError(
      `integrations.github: ${host} has neither a token nor an app, and ${KEY} needs one that may write contents and pull requests of ${owner}/${repo}.`,
    );
  }
  return GithubPullRequests.create({
    integration: integration.config,
    credentials:
      DefaultGithubCredentialsProvider.fromIntegrations(integrations),
    owner,
    repo,
  });
}

function parseRepoUrl(repoUrl: string) {
  const url = URL.parse(`https://${repoUrl}`);
  const nameIn = (parameter: string) => {
    const name = url?.searchParams.get(parameter) ?? '';
    return /^[\w.-]{1,100}$/.test(name) && !/^\.+$/.test(name)
      ? name
      : undefined;
  };
  const isPlain = url?.pathname === '/' && !url.username && !url.hash;
  return {
    host: isPlain ? url.host : undefined,
    owner: nameIn('owner'),
    repo: nameIn('repo'),
  };
}

function readPath(path: string): string {
  const filled = path.replace(/\{(namespace|name)\}/g, 'x');
  const isFile = /^[\w.-]+(\/[\w.-]+)*\.ya?ml$/.test(filled);
  if (!isFile || filled.split('/').some(part => /^\.+$/.test(part))) {
    throw new InputError(
      `${KEY}.path: the path of a .yaml file in the repository, such as ${DEFAULT_PATH}, not ${path}.`,
    );
  }
  if (!path.includes('{name}') || !path.includes('{namespace}')) {
    throw new InputError(
      `${KEY}.path: must hold {namespace} and {name}, such as ${DEFAULT_PATH}, or two models would share the file ${path}.`,
    );
  }
  return path;
}

function readBranch(branch: string | undefined): string | undefined {
  // Source: git-check-ref-format(1), as far as people name branches.
  const fits =
    branch === undefined ||
    (/^[\w.\-/]+$/.test(branch) &&
      !/(^|\/)[./-]|\.\.|\/\/|\/$|\.lock$|\.$/.test(branch));
  if (!fits) {
    throw new InputError(
      `${KEY}.targetBranch: the name of a branch such as main, not ${branch}.`,
    );
  }
  return branch;
}
