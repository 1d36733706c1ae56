import { mockServices } from '@backstage/backend-test-utils';
import { readAccessConfig } from '../../../accessConfig';
import { readPullRequestSettings } from './readSettings';

const repoUrl = 'github.com?owner=acme&repo=models';

function read(
  pullRequest: Record<string, string | number>,
  integrations: object = { github: [{ host: 'github.com', token: 't' }] },
) {
  return readPullRequestSettings(
    mockServices.rootConfig({
      data: {
        app: { baseUrl: 'https://portal.example.com/' },
        integrations: { ...integrations },
        llm: { newModels: { mode: 'pull-request', pullRequest } },
      },
    }),
    undefined,
  );
}

it('needs no more than a repository', () => {
  expect(read({ repoUrl })).toMatchObject({
    host: { name: 'GitHub' },
    remindDays: 3,
    change: {
      path: 'models/{namespace}/{name}.yaml',
      targetBranch: undefined,
      portalUrl: 'https://portal.example.com',
    },
  });
});

it('leaves the repository to a host that a module brought', () => {
  const host = { name: 'Forge', propose: jest.fn(), read: jest.fn() };
  const config = mockServices.rootConfig({
    data: { app: { baseUrl: 'https://portal.example.com' } },
  });
  expect(readPullRequestSettings(config, host).host).toBe(host);
});

it.each<[Record<string, string | number>, RegExp]>([
  [{}, /^llm\.newModels\.pullRequest\.repoUrl: needed: github\.com\?owner=/],
  [
    { repoUrl: 'github.com/acme/models' },
    /\.repoUrl: github\.com\?owner=.*not github\.com\/acme/,
  ],
  [{ repoUrl: 'github.com?owner=acme' }, /\.repoUrl: github\.com\?owner=/],
  [{ repoUrl: 'github.com?owner=acme&repo=..' }, /\.repoUrl: github\.com/],
  [{ repoUrl: 'a@github.com?owner=acme&repo=x' }, /\.repoUrl: github\.com/],
  [
    { repoUrl: 'ghe.acme.com?owner=a&repo=b' },
    /nothing is known of ghe\.acme\.com\. Add it to integrations\.github/,
  ],
  [
    { repoUrl: 'gitlab.com?owner=a&repo=b' },
    /gitlab\.com is a gitlab; only GitHub is built in/,
  ],
  [
    { repoUrl, path: '/etc/{namespace}/{name}.yaml' },
    /\.path: the path of a \.yaml file/,
  ],
  [{ repoUrl, path: 'a/../{namespace}/{name}.yaml' }, /\.path: the path/],
  [{ repoUrl, path: 'a/{namespace}/{name}.json' }, /\.path: the path/],
  [{ repoUrl, path: 'a/{namespace}/{nam}.yaml' }, /\.path: the path/],
  [{ repoUrl, path: 'a/{name}.yaml' }, /\.path: must hold \{namespace\}/],
  [{ repoUrl, targetBranch: 'a..b' }, /\.targetBranch: the name of a branch/],
  [{ repoUrl, targetBranch: '-x' }, /\.targetBranch/],
  [{ repoUrl, remindDays: 0 }, /\.remindDays: a whole number from 1 to 365/],
  [{ repoUrl, branch: 'x' }, /\.branch: there is no such setting/],
])('refuses %j, with the setting and what to write', (settings, message) => {
  expect(() => read(settings)).toThrow(message);
});

it('refuses a GitHub without credentials', () => {
  expect(() => read({ repoUrl }, { github: [{ host: 'github.com' }] })).toThrow(
    /^integrations\.github: github\.com has neither a token nor an app/,
  );
});

it.each<[object, RegExp]>([
  [
    { mode: 'push' },
    /^llm\.newModels\.mode: apply, pull-request or off, not push/,
  ],
  [
    { pullRequest: { repoUrl } },
    /^llm\.newModels\.pullRequest: has no effect while llm\.newModels\.mode is apply/,
  ],
])('refuses newModels: %j', (newModels, message) => {
  const config = mockServices.rootConfig({
    data: { llm: { newModels: { ...newModels } } },
  });
  expect(() => readAccessConfig(config)).toThrow(message);
});
