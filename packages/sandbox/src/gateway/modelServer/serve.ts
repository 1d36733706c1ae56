import { createHash } from 'node:crypto';
import type { Clock } from '../../world/clock';
import type { ModelServer } from '../../world/modelServers';
import { complete, embed, type Completion } from './answers';
import { ModelMetrics } from './metrics';
import { ModelRefusal, readRequest, type ModelRequest } from './requests';
import { countTokens } from './tokens';

/** A request to a model server. */
export interface ServingRequest {
  method: string;
  path: string;
  body: string;
  /** Fires when the client has gone, or its time is up. */
  signal: AbortSignal;
}

/** Where a model server writes its answer. */
export interface Answer {
  head(status: number, headers: Record<string, string>): void;
  write(text: string): void;
  end(): void;
}

/** How model servers behave. */
export interface ServingOptions {
  /** Wait before the first token. */
  firstTokenMs?: number;
  /** Wait between tokens of a stream. */
  tokenMs?: number;
}

/** What every answer of vLLM's server says about itself. */
const signature = { server: 'uvicorn' };

/** Context of models that were started without `--max-model-len`, in tokens. */
const defaultMaxModelLen = 131_072;

const generated = (choices: readonly Completion[]) =>
  choices.reduce((sum, { tokens }) => sum + tokens.length, 0);

/** Lets time pass, until the signal fires. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise(resolve => {
    let cancel = () => {};
    const go = () => {
      signal.removeEventListener('abort', go);
      cancel();
      resolve();
    };
    cancel = clock.after(ms, go);
    signal.addEventListener('abort', go);
  });
}

/**
 * vLLM's OpenAI server, in the name of the pods of the sandbox: endpoints, errors, streams, usage and metrics as vLLM has them, texts that
 * say where they come from.
 *
 * Source: vLLM's OpenAI-compatible server (`vllm/entrypoints/openai`), as its documentation describes it; wording of errors from there.
 */
export class ModelServing {
  readonly #metrics = new WeakMap<ModelServer, ModelMetrics>();
  readonly #clock: Clock;
  readonly #options: ServingOptions;

  constructor(clock: Clock, options: ServingOptions = {}) {
    this.#clock = clock;
    this.#options = options;
  }

  /** A server's metrics as Prometheus reads them. */
  metricsOf(server: ModelServer): string {
    return this.#metricsOf(server).text(server.servedModelNames[0] ?? '');
  }

  /** Answers a request. Never throws: what goes wrong is answered. */
  async serve(
    server: ModelServer,
    request: ServingRequest,
    answer: Answer,
  ): Promise<void> {
    let status = 200;
    try {
      await this.#route(server, request, answer);
    } catch (error) {
      const refusal =
        error instanceof ModelRefusal
          ? error
          : new ModelRefusal(500, 'InternalServerError', String(error));
      status = refusal.status;
      sendJson(answer, status, {
        error: {
          message: refusal.message,
          type: refusal.type,
          param: refusal.param ?? null,
          code: status,
        },
      });
    }
    server.log(
      `INFO:     "${request.method} ${request.path} HTTP/1.1" ${status}`,
    );
  }

  async #route(
    server: ModelServer,
    request: ServingRequest,
    answer: Answer,
  ): Promise<void> {
    const { method, path } = request;
    if (method === 'GET' && (path === '/health' || path === '/ping')) {
      answer.head(200, { ...signature, 'content-length': '0' });
      answer.end();
    } else if (method === 'GET' && path === '/v1/models') {
      sendJson(answer, 200, this.#models(server));
    } else if (method === 'GET' && path === '/metrics') {
      sendText(
        answer,
        200,
        'text/plain; version=0.0.4; charset=utf-8',
        this.metricsOf(server),
      );
    } else if (
      method === 'POST' &&
      /^\/v1\/(?:chat\/completions|completions|embeddings)$/.test(path)
    ) {
      const parsed = readRequest(path, request.body);
      checkModel(server, parsed.model);
      if (path === '/v1/embeddings') this.#embeddings(server, parsed, answer);
      else
        await this.#completions(
          server,
          path === '/v1/chat/completions',
          parsed,
          request.signal,
          answer,
        );
    } else {
      sendJson(answer, 404, { detail: 'Not Found' });
    }
  }

  #models({ servedModelNames, maxModelLen }: ModelServer) {
    const created = Math.floor(this.#clock.now() / 1000);
    return {
      object: 'list',
      data: servedModelNames.map(id => ({
        id,
        object: 'model',
        created,
        owned_by: 'vllm',
        root: id,
        parent: null,
        max_model_len: maxModelLen ?? defaultMaxModelLen,
      })),
    };
  }

  #embeddings(
    server: ModelServer,
    { prompts, base64 }: ModelRequest,
    answer: Answer,
  ): void {
    const tokens = prompts.reduce(
      (sum, prompt) => sum + countTokens(prompt),
      0,
    );
    const now = this.#clock.now();
    this.#metricsOf(server).observe({
      promptTokens: tokens,
      generationTokens: 0,
      finishedReason: 'stop',
      seconds: 0,
      firstTokenSeconds: 0,
    });
    sendJson(answer, 200, {
      id: `embd-${idOf(prompts, now)}`,
      object: 'list',
      created: Math.floor(now / 1000),
      model: server.servedModelNames[0],
      data: prompts.map((prompt, index) => ({
        index,
        object: 'embedding',
        embedding: encode(embed(prompt), base64),
      })),
      usage: {
        prompt_tokens: tokens,
        total_tokens: tokens,
        completion_tokens: 0,
        prompt_tokens_details: null,
      },
    });
  }

  async #completions(
    server: ModelServer,
    chat: boolean,
    request: ModelRequest,
    signal: AbortSignal,
    answer: Answer,
  ): Promise<void> {
    const metrics = this.#metricsOf(server);
    const startMs = this.#clock.now();
    const model = server.servedModelNames[0] ?? '';
    const promptTokens = request.prompts.reduce(
      (sum, prompt) => sum + countTokens(prompt),
      0,
    );
    const room = roomFor(server, promptTokens, request.maxTokens);
    const choices = request.prompts.flatMap(prompt =>
      new Array<Completion>(request.n).fill(
        complete(model, prompt, request.maxTokens, room),
      ),
    );
    const envelope = {
      id: `${chat ? 'chatcmpl' : 'cmpl'}-${idOf(request.prompts, startMs)}`,
      created: Math.floor(startMs / 1000),
      model,
    };
    metrics.running += 1;
    await pause(this.#clock, this.#options.firstTokenMs ?? 0, signal);
    const firstTokenSeconds = (this.#clock.now() - startMs) / 1000;
    let sent = 0;
    try {
      if (request.stream) {
        sent = await this.#stream(
          chat,
          request,
          envelope,
          choices,
          promptTokens,
          signal,
          answer,
        );
      } else if (!signal.aborted) {
        sent = generated(choices);
        sendJson(answer, 200, {
          ...envelope,
          object: chat ? 'chat.completion' : 'text_completion',
          choices: choices.map((choice, index) =>
            finished(chat, choice, index),
          ),
          usage: usage(promptTokens, sent),
        });
      }
    } finally {
      metrics.running -= 1;
      metrics.observe({
        promptTokens,
        generationTokens: sent,
        finishedReason: signal.aborted ? 'abort' : choices[0].finishReason,
        seconds: (this.#clock.now() - startMs) / 1000,
        firstTokenSeconds,
      });
    }
  }

  /** Sends the choices token by token; answers how many were sent. */
  async #stream(
    chat: boolean,
    { includeUsage }: ModelRequest,
    envelope: object,
    choices: readonly Completion[],
    promptTokens: number,
    signal: AbortSignal,
    answer: Answer,
  ): Promise<number> {
    let sent = 0;
    const chunk = (fields: object) =>
      answer.write(
        `data: ${JSON.stringify({
          ...envelope,
          object: chat ? 'chat.completion.chunk' : 'text_completion',
          ...fields,
        })}\n\n`,
      );
    answer.head(200, {
      ...signature,
      'content-type': 'text/event-stream; charset=utf-8',
    });
    for (const [index, { tokens, finishReason }] of choices.entries()) {
      if (chat)
        chunk({
          choices: [
            {
              index,
              delta: { role: 'assistant', content: '' },
              finish_reason: null,
            },
          ],
        });
      for (const [position, token] of tokens.entries()) {
        if (signal.aborted) return sent;
        const reason = position === tokens.length - 1 ? finishReason : null;
        const piece = chat ? { delta: { content: token } } : { text: token };
        chunk({
          choices: [{ index, ...piece, logprobs: null, finish_reason: reason }],
        });
        sent += 1;
        await pause(this.#clock, this.#options.tokenMs ?? 0, signal);
      }
    }
    if (includeUsage) chunk({ choices: [], usage: usage(promptTokens, sent) });
    answer.write('data: [DONE]\n\n');
    answer.end();
    return sent;
  }

  #metricsOf(server: ModelServer): ModelMetrics {
    const known = this.#metrics.get(server) ?? new ModelMetrics();
    this.#metrics.set(server, known);
    return known;
  }
}

function checkModel({ servedModelNames }: ModelServer, model: string): void {
  if (!servedModelNames.includes(model)) {
    throw new ModelRefusal(
      404,
      'NotFoundError',
      `The model \`${model}\` does not exist.`,
      'model',
    );
  }
}

/** Tokens that may still be generated. */
function roomFor(
  { maxModelLen = defaultMaxModelLen }: ModelServer,
  promptTokens: number,
  asked = 0,
): number {
  if (promptTokens + asked > maxModelLen || promptTokens >= maxModelLen) {
    throw new ModelRefusal(
      400,
      'BadRequestError',
      `This model's maximum context length is ${maxModelLen} tokens. However, you requested ${
        promptTokens + asked
      } tokens (${promptTokens} in the messages, ${asked} in the completion). Please reduce the length of the messages or completion.`,
    );
  }
  return maxModelLen - promptTokens;
}

function usage(promptTokens: number, completionTokens: number) {
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + completionTokens,
    completion_tokens: completionTokens,
  };
}

function finished(
  chat: boolean,
  { tokens, finishReason }: Completion,
  index: number,
) {
  const content = tokens.join('');
  return {
    index,
    ...(chat
      ? { message: { role: 'assistant', content, tool_calls: [] } }
      : { text: content }),
    logprobs: null,
    finish_reason: finishReason,
    stop_reason: null,
  };
}

function idOf(prompts: readonly string[], nowMs: number): string {
  return createHash('sha256')
    .update(`${nowMs}${prompts.join('\n')}`)
    .digest('hex')
    .slice(0, 32);
}

function encode(vector: number[], base64: boolean): number[] | string {
  return base64
    ? Buffer.from(Float32Array.from(vector).buffer).toString('base64')
    : vector;
}

function sendText(
  answer: Answer,
  status: number,
  type: string,
  text: string,
): void {
  answer.head(status, {
    ...signature,
    'content-type': type,
    'content-length': String(Buffer.byteLength(text)),
  });
  answer.write(text);
  answer.end();
}

function sendJson(answer: Answer, status: number, value: unknown): void {
  sendText(answer, status, 'application/json', JSON.stringify(value));
}
