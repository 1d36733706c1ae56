import https from 'node:https';

/** One request to a model. */
export interface Call {
  /** Base URL of the endpoint. */
  base: string;
  path?: string;
  method?: string;
  /** Bearer credential. */
  credential?: string;
  headers?: Record<string, string>;
  /** Text of the body; none if absent. */
  body?: string;
}

/** What a request was answered. */
export interface Reply {
  status: number;
  body: string;
  /** The code of an error in the form of OpenAI's. */
  code?: string;
  /** It was allowed to go to a model, whether one was there or not. */
  passed: boolean;
}

/** Text of a chat with a model. */
export const chatWith = (model: string) =>
  JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] });

/** Sends requests to a gateway as clients do, over connections that are used again. */
export class GatewayClient {
  readonly #agent: https.Agent;

  /** @param ca - PEM of the authority of the gateway's certificate */
  constructor(ca: string) {
    this.#agent = new https.Agent({ ca, keepAlive: true });
  }

  /** Sends a request. */
  call(request: Call): Promise<Reply> {
    return call(this.#agent, request);
  }

  /** Ends all connections. */
  close(): void {
    this.#agent.destroy();
  }
}

/**
 * `passed` goes by what comes from behind the gateway's authorization: the
 * answer of the model server, which is vLLM's and says so (the gateway's own
 * answers have no `server`), or that there is none.
 */
function call(agent: https.Agent, request: Call): Promise<Reply> {
  const url = new URL(request.path ?? '/v1/chat/completions', request.base);
  const { credential, headers, body } = request;
  return new Promise((resolve, reject) => {
    const sent = https.request(
      {
        host: '127.0.0.1',
        port: url.port,
        servername: url.hostname,
        path: url.pathname,
        method: request.method ?? 'POST',
        agent,
        headers: {
          host: url.host,
          'content-type': 'application/json',
          ...(credential ? { authorization: `Bearer ${credential}` } : {}),
          ...headers,
        },
      },
      response => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', chunk => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          resolve({
            status,
            body: text,
            code: codeOf(text),
            passed:
              response.headers.server === 'uvicorn' ||
              /^(inference gateway|upstream|no healthy upstream)/.test(text),
          });
        });
      },
    );
    sent.on('error', error => {
      // The gateway closed an idle connection at the moment when it was used again: nobody has read the request.
      const isIdle =
        sent.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
      if (isIdle) {
        resolve(call(agent, request));
      } else {
        reject(error);
      }
    });
    sent.end(body);
  });
}

function codeOf(text: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    const error =
      typeof answer === 'object' && answer !== null && 'error' in answer
        ? answer.error
        : undefined;
    return typeof error === 'object' &&
      error !== null &&
      'code' in error &&
      typeof error.code === 'string'
      ? error.code
      : undefined;
  } catch {
    return undefined;
  }
}
