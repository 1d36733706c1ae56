import http from 'node:http';
import type { CaseName } from './cases';
import { cases, loadTranslation } from './cases';
import { Envoy } from './envoy';
import { modelDigest, modelId, modelsHost } from './objects';
import type { Answer, Authorizer, Decide, Question } from './stubs/authorizer';
import { startGrpcAuthorizer, startHttpAuthorizer } from './stubs/authorizer';
import type { Closable } from './stubs/closable';
import type { ReadModel } from './stubs/modelExtraction';
import { startModelExtraction } from './stubs/modelExtraction';
import type { ModelServer } from './stubs/modelServer';
import { startModelServer } from './stubs/modelServer';
import type { Translation } from './translate';

/** The key with a grant for `acme/m0` and `acme/m1`. */
export const grantedKey = 'Bearer sk-slw-granted';

/** An answer to a client. */
export interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** The last field of a name wins, as in `JSON.parse`. Undefined when the body names no model. */
export function modelInJson(body: Buffer): string | undefined {
  try {
    const { model } = JSON.parse(body.toString());
    return typeof model === 'string' ? model : undefined;
  } catch {
    return undefined;
  }
}

/** A small authorizer: one key, two grants, the errors of the design. */
export function decide({ method, path, headers, body }: Question): Answer {
  const refuse = (status: number, code: string): Answer => ({
    pass: false,
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: { code } }),
  });
  if (headers.authorization !== grantedKey) {
    return refuse(401, 'invalid_api_key');
  }
  if (method === 'GET' && path === '/v1/models') {
    return {
      pass: false,
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ data: [{ id: modelId(0) }, { id: modelId(1) }] }),
    };
  }
  const model = modelInJson(body);
  if (model !== modelId(0) && model !== modelId(1)) {
    return refuse(404, 'model_not_found');
  }
  return {
    pass: true,
    headers: {
      'x-slipway-tenant': 'research',
      'x-slipway-key': 'k1',
      'x-slipway-owner': 'user:default/mara',
      'x-slipway-model': modelDigest(model),
    },
    remove: ['authorization'],
  };
}

/** A header of a request: name, as it is to be written, and value. */
export type Header = readonly [name: string, value: string];

/** What can be different in a chain. */
export interface ChainOptions {
  decide?: Decide;
  /** Asked instead of one that decides as {@link decide} does; not closed with the chain. */
  authorizer?: Authorizer;
  readModel?: ReadModel;
  /** What reads the model from the body; closed with the chain. The stand-in for the AI gateway when not given. */
  extraction?: Closable & { port: number };
  /** Changes what Envoy Gateway made before Envoy loads it. */
  change?: (translation: Translation) => Translation;
}

/** Client → Envoy → (authorizer, model extraction) → model server, all on this machine. */
export class Chain implements Closable {
  private constructor(
    readonly envoy: Envoy,
    readonly modelServer: ModelServer,
    readonly authorizer: Authorizer,
    /** What the authorizer was asked, in order. */
    readonly questions: Question[],
    private readonly parts: Closable[],
  ) {}

  /** Starts everything for a case. */
  static async start(
    envoyBinary: string,
    name: CaseName,
    options: ChainOptions = {},
  ): Promise<Chain> {
    const questions: Question[] = [];
    const remember: Decide = question => {
      questions.push(question);
      return (options.decide ?? decide)(question);
    };
    const modelServer = await startModelServer();
    const extraction =
      options.extraction ??
      (await startModelExtraction(options.readModel ?? modelInJson));
    const authorizer =
      options.authorizer ??
      (await (cases[name].protocol === 'grpc'
        ? startGrpcAuthorizer(remember)
        : startHttpAuthorizer(remember)));
    const parts = [
      modelServer,
      extraction,
      ...(options.authorizer ? [] : [authorizer]),
    ];
    try {
      const made = await loadTranslation(name);
      const translation = options.change?.(made) ?? made;
      const envoy = await Envoy.start(envoyBinary, translation, {
        authorizerPort: authorizer.port,
        modelExtractionPort: extraction.port,
        modelServerPort: modelServer.port,
      });
      const all = [envoy, ...parts];
      return new Chain(envoy, modelServer, authorizer, questions, all);
    } catch (error) {
      await Promise.all(parts.map(part => part.close()));
      throw error;
    }
  }

  /** A chat completion with the granted key. */
  chat(body: string | Buffer | object, headers: Header[] = []) {
    const content =
      typeof body === 'string' || Buffer.isBuffer(body)
        ? body
        : JSON.stringify(body);
    const typed = headers.some(([name]) => name === 'content-type');
    const all: Header[] = [['authorization', grantedKey], ...headers];
    return this.request(
      'POST',
      '/v1/chat/completions',
      typed ? all : [...all, ['content-type', 'application/json']],
      content,
    );
  }

  /** A request. Headers are sent as given: names keep their case and may come twice. */
  async request(
    method: string,
    path: string,
    headers: Header[] = [],
    body: string | Buffer = '',
  ): Promise<Reply> {
    const response = await this.open(method, path, headers, body);
    const chunks: Buffer[] = [];
    for await (const chunk of response) {
      chunks.push(chunk);
    }
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: Buffer.concat(chunks).toString(),
    };
  }

  /** The same, as soon as the answer's headers are there. */
  open(
    method: string,
    path: string,
    headers: Header[],
    body: string | Buffer = '',
  ): Promise<http.IncomingMessage> {
    const length = String(Buffer.byteLength(body));
    const chunked = headers.some(([name]) => name === 'transfer-encoding');
    return new Promise((resolve, reject) => {
      const request = http.request({
        host: '127.0.0.1',
        port: this.envoy.port,
        method,
        path,
        agent: false,
        headers: [
          ['host', modelsHost],
          ...headers,
          ...(body.length && !chunked
            ? [['content-length', length] as const]
            : []),
        ].flat(),
      });
      request.once('response', resolve);
      request.once('error', reject);
      request.end(body);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.parts.map(part => part.close()));
  }
}
