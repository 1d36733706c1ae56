import {
  createServer,
  IncomingMessage,
  Server,
  ServerResponse,
} from 'node:http';

const OWNER = 'acme';
const REPO = 'models';
const TOKEN = 'ghp-test';

/** A pull request as the fake keeps it. */
export interface FakePull {
  number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  merged_at: string | null;
  html_url: string;
  head: { ref: string };
  base: { ref: string };
}

/** What goes wrong with one request: an answer instead, or a connection that breaks before or after the work is done. */
export type Fault =
  | { status: number; message: string; headers?: Record<string, string> }
  | 'cut-before'
  | 'cut-after';

type Answer = { status: number; body: unknown };

const notFound: Answer = { status: 404, body: { message: 'Not Found' } };

function unprocessable(message: string): Answer {
  return {
    status: 422,
    body: {
      message: 'Validation Failed',
      errors: [{ resource: 'PullRequest', code: 'custom', message }],
    },
  };
}

/**
 * As much of GitHub's REST API as proposing a file needs, over HTTP on loopback: repository, refs, contents, pulls. It refuses what GitHub
 * refuses, with the same statuses: a branch, a file without its hash and a pull request that are there already.
 */
export class FakeGithub {
  /** Files of each branch. */
  readonly branches = new Map<string, Map<string, string>>([
    ['main', new Map([['README.md', '# Models\n']])],
  ]);
  readonly pulls: FakePull[] = [];
  /** Requests so far, such as `POST pulls`. */
  readonly requests: string[] = [];
  /** Commits on branches. */
  commits = 0;
  /** What goes wrong with a request. */
  fault: (request: string) => Fault | undefined = () => undefined;
  readonly #server: Server;

  static async start(port = 0): Promise<FakeGithub> {
    const fake = new FakeGithub();
    await new Promise<void>(resolve => {
      fake.#server.listen(port, '127.0.0.1', () => resolve());
    });
    return fake;
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(error => response.destroy(error));
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => {
      this.#server.close(resolve);
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Configuration that leads here. */
  config(token = TOKEN) {
    return {
      integrations: {
        github: [
          {
            host: 'github.example.com',
            apiBaseUrl: `http://127.0.0.1:${this.port}`,
            token,
          },
        ],
      },
      llm: {
        newModels: {
          mode: 'pull-request',
          pullRequest: {
            repoUrl: `github.example.com?owner=${OWNER}&repo=${REPO}`,
          },
        },
      },
    };
  }

  /** A pull request is over: its file is on the branch that it was for, or it is not. */
  close(number: number, options: { merge: boolean }): void {
    const pull = this.pulls[number - 1];
    const files = this.branches.get(pull.head.ref);
    if (options.merge && files) {
      this.branches.set(pull.base.ref, new Map(files));
      this.branches.delete(pull.head.ref);
    }
    pull.state = 'closed';
    pull.merged_at = options.merge ? '2026-11-20T09:00:00Z' : null;
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const url = new URL(request.url ?? '', 'http://fake');
    const [, root, owner, repo, ...rest] = url.pathname.split('/');
    const what = `${request.method} ${rest
      .slice(0, rest[0] === 'git' ? 2 : 1)
      .join('/')}`.trim();
    this.requests.push(what);
    const fault = this.fault(what);
    if (fault === 'cut-before') {
      response.destroy();
      return;
    }
    if (fault !== undefined && fault !== 'cut-after') {
      send(
        response,
        { status: fault.status, body: { message: fault.message } },
        fault.headers,
      );
      return;
    }
    const text = Buffer.concat(chunks).toString('utf8');
    const answer = this.#answer({
      isAllowed: request.headers.authorization === `token ${TOKEN}`,
      isHere: `${root}/${owner}/${repo}` === `repos/${OWNER}/${REPO}`,
      what,
      path: decodeURIComponent(rest.slice(1).join('/')),
      query: url.searchParams,
      body: text === '' ? {} : JSON.parse(text),
    });
    if (fault === 'cut-after') {
      response.destroy();
      return;
    }
    send(response, answer);
  }

  #answer(asked: {
    isAllowed: boolean;
    isHere: boolean;
    what: string;
    path: string;
    query: URLSearchParams;
    body: Record<string, string>;
  }): Answer {
    const { what, path, query, body } = asked;
    if (!asked.isAllowed) {
      return { status: 401, body: { message: 'Bad credentials' } };
    }
    if (!asked.isHere) {
      return notFound;
    }
    switch (what) {
      case 'GET':
        return { status: 200, body: { default_branch: 'main' } };
      case 'GET git/ref':
        return this.branches.has(path.replace('ref/heads/', ''))
          ? { status: 200, body: { object: { sha: 'abc' } } }
          : notFound;
      case 'POST git/refs':
        return this.#makeBranch(body.ref.replace('refs/heads/', ''));
      case 'GET contents': {
        const file = this.branches.get(query.get('ref') ?? '')?.get(path);
        const content = Buffer.from(file ?? '').toString('base64');
        return file === undefined
          ? notFound
          : { status: 200, body: { type: 'file', content } };
      }
      case 'PUT contents':
        return this.#commit(path, body);
      case 'GET pulls':
        return path === ''
          ? {
              status: 200,
              body: this.pulls.filter(
                ({ head }) => `${OWNER}:${head.ref}` === query.get('head'),
              ),
            }
          : this.#pull(Number(path));
      case 'POST pulls':
        return this.#open(body);
      default:
        return notFound;
    }
  }

  #makeBranch(name: string): Answer {
    if (this.branches.has(name)) {
      return {
        status: 422,
        body: { message: 'Reference already exists' },
      };
    }
    this.branches.set(name, new Map(this.branches.get('main')));
    return { status: 201, body: { ref: `refs/heads/${name}` } };
  }

  #commit(path: string, body: Record<string, string>): Answer {
    const files = this.branches.get(body.branch);
    if (!files) {
      return notFound;
    }
    if (files.has(path)) {
      return {
        status: 422,
        body: { message: 'Invalid request.\n\n"sha" wasn\'t supplied.' },
      };
    }
    files.set(path, Buffer.from(body.content, 'base64').toString('utf8'));
    this.commits++;
    return { status: 201, body: {} };
  }

  #pull(number: number): Answer {
    const pull = this.pulls[number - 1];
    return pull ? { status: 200, body: pull } : notFound;
  }

  #open(body: Record<string, string>): Answer {
    const { head, base, title } = body;
    if (!this.branches.has(head) || !this.branches.has(base)) {
      return unprocessable('head or base is invalid');
    }
    if (
      this.pulls.some(each => each.head.ref === head && each.state === 'open')
    ) {
      return unprocessable(
        `A pull request already exists for ${OWNER}:${head}.`,
      );
    }
    const number = this.pulls.length + 1;
    const pull: FakePull = {
      number,
      title,
      body: body.body,
      state: 'open',
      merged_at: null,
      html_url: `https://github.example.com/${OWNER}/${REPO}/pull/${number}`,
      head: { ref: head },
      base: { ref: base },
    };
    this.pulls.push(pull);
    return { status: 201, body: pull };
  }
}

function send(
  response: ServerResponse,
  { status, body }: Answer,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
  });
  response.end(JSON.stringify(body));
}
