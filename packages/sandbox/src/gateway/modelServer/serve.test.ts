import { FakeClock, systemClock } from '../../world/clock';
import type { ModelServer } from '../../world/modelServers';
import { ModelServing, type Answer } from './serve';

class Recorded implements Answer {
  status = 0;
  headers: Record<string, string> = {};
  body = '';
  ended = false;
  head(status: number, headers: Record<string, string>): void {
    this.status = status;
    this.headers = headers;
  }
  write(text: string): void {
    this.body += text;
  }
  end(): void {
    this.ended = true;
  }
  get json() {
    return JSON.parse(this.body);
  }
  get events() {
    return this.body
      .split('\n\n')
      .filter(Boolean)
      .map(event => event.replace(/^data: /, ''));
  }
}

describe('the model server of the sandbox', () => {
  const log: string[] = [];
  const server: ModelServer = {
    namespace: 'models',
    pod: 'm-1',
    podIp: '10.0.0.1',
    port: 8000,
    servedModelNames: ['org/m', 'alias'],
    maxModelLen: 100,
    ready: true,
    log: line => log.push(line),
  };
  const serving = new ModelServing(systemClock);
  const ask = async (
    path: string,
    body?: unknown,
    method = body === undefined ? 'GET' : 'POST',
  ) => {
    const answer = new Recorded();
    const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
    await serving.serve(
      server,
      { method, path, body: text, signal: new AbortController().signal },
      answer,
    );
    return answer;
  };
  const chat = (fields: object = {}) =>
    ask('/v1/chat/completions', {
      model: 'org/m',
      messages: [{ role: 'user', content: 'Say hello' }],
      ...fields,
    });

  it('is healthy, and names its models', async () => {
    expect((await ask('/health')).status).toBe(200);
    expect((await ask('/v1/models')).json).toMatchObject({
      object: 'list',
      data: [
        { id: 'org/m', object: 'model', owned_by: 'vllm', max_model_len: 100 },
        { id: 'alias', object: 'model', owned_by: 'vllm', max_model_len: 100 },
      ],
    });
  });

  it('says the same to the same prompt, and that it is no model', async () => {
    const [first, second] = [await chat(), await chat()];
    expect(first.json.choices).toEqual(second.json.choices);
    expect(first.json.choices[0]).toMatchObject({
      message: {
        role: 'assistant',
        content: expect.stringContaining('No model has run.'),
      },
      finish_reason: 'stop',
    });
    const {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: total,
    } = first.json.usage;
    expect(prompt).toBe(4);
    expect(total).toBe(prompt + completion);
    expect(log.at(-1)).toBe(
      'INFO:     "POST /v1/chat/completions HTTP/1.1" 200',
    );
  });

  it('stops at max_tokens, and at the end of the context', async () => {
    expect((await chat({ max_tokens: 3 })).json).toMatchObject({
      choices: [{ finish_reason: 'length' }],
      usage: { completion_tokens: 3 },
    });
    expect((await chat({ max_tokens: 200 })).json.error).toEqual({
      message: expect.stringContaining(
        "This model's maximum context length is 100 tokens.",
      ),
      type: 'BadRequestError',
      param: null,
      code: 400,
    });
  });

  it('streams tokens, with usage when asked', async () => {
    const { headers, events } = await chat({
      stream: true,
      max_tokens: 2,
      stream_options: { include_usage: true },
    });
    expect(headers['content-type']).toContain('text/event-stream');
    expect(events.at(-1)).toBe('[DONE]');
    const chunks = events.slice(0, -1).map(event => JSON.parse(event));
    expect(chunks[0].choices[0].delta).toEqual({
      role: 'assistant',
      content: '',
    });
    expect(
      chunks
        .slice(1, -1)
        .map(({ choices }) => choices[0].delta.content)
        .join(''),
    ).toBe('This is');
    expect(chunks.at(-2).choices[0].finish_reason).toBe('length');
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { completion_tokens: 2, total_tokens: 6 },
    });
    const plain = await chat({ stream: true, max_tokens: 2 });
    expect(plain.body).not.toContain('usage');
  });

  it('completes and embeds', async () => {
    const completion = await ask('/v1/completions', {
      model: 'alias',
      prompt: ['a', 'b'],
      max_tokens: 2,
    });
    expect(completion.json).toMatchObject({
      object: 'text_completion',
      model: 'org/m',
      choices: [{ index: 0 }, { index: 1 }],
      usage: { prompt_tokens: 2, completion_tokens: 4 },
    });
    const embeddings = await ask('/v1/embeddings', {
      model: 'org/m',
      input: ['one', 'two'],
    });
    const [one, two] = embeddings.json.data.map(
      ({ embedding }: { embedding: number[] }) => embedding,
    );
    expect(Math.hypot(...one)).toBeCloseTo(1);
    expect(one).not.toEqual(two);
    const packed = await ask('/v1/embeddings', {
      model: 'org/m',
      input: 'one',
      encoding_format: 'base64',
    });
    expect(
      Buffer.from(packed.json.data[0].embedding, 'base64').readFloatLE(0),
    ).toBeCloseTo(one[0]);
  });

  it.each([
    [
      'an unknown model',
      { model: 'other', messages: [{ role: 'user', content: 'x' }] },
      404,
      'NotFoundError',
      'The model `other` does not exist.',
    ],
    [
      'no messages',
      { model: 'org/m' },
      400,
      'BadRequestError',
      'Field required',
    ],
    [
      'messages that are none',
      { model: 'org/m', messages: 'x' },
      400,
      'BadRequestError',
      'valid list',
    ],
    [
      'a fraction of a token',
      { model: 'org/m', messages: [{ role: 'user' }], max_tokens: 1.5 },
      400,
      'BadRequestError',
      'valid integer',
    ],
    [
      'no token',
      { model: 'org/m', messages: [{ role: 'user' }], max_tokens: 0 },
      400,
      'BadRequestError',
      'must be at least 1',
    ],
    [
      'stream options without a stream',
      { model: 'org/m', messages: [{ role: 'user' }], stream_options: {} },
      400,
      'BadRequestError',
      'stream=True',
    ],
    [
      'more completions than it makes at once',
      { model: 'org/m', messages: [{ role: 'user' }], n: 100_000_000 },
      501,
      'NotImplementedError',
      'at most 1024 completions',
    ],
    ['text', 'hello', 400, 'BadRequestError', 'JSON decode error'],
  ])(
    'refuses %s in the words of vLLM',
    async (_name, body, status, type, message) => {
      const answer = await ask('/v1/chat/completions', body);
      expect(answer.status).toBe(status);
      expect(answer.json.error).toMatchObject({
        type,
        code: status,
        message: expect.stringContaining(message),
      });
    },
  );

  it('answers no request with more than it can hold, and none without a prompt', async () => {
    const complete = (fields: object) =>
      ask('/v1/completions', { model: 'org/m', max_tokens: 1, ...fields });
    const most = await complete({ prompt: ['a', 'b'], n: 512 });
    expect(most.json.choices).toHaveLength(1024);
    expect((await complete({ prompt: ['a', 'b'], n: 513 })).status).toBe(501);
    const before = log.length;
    for (const path of ['/v1/completions', '/v1/embeddings']) {
      const none = await ask(path, { model: 'org/m', prompt: [], input: [] });
      expect(none.status).toBe(400);
      expect(none.json.error.message).toBe(
        'please provide at least one prompt',
      );
    }
    expect(log.slice(before)).toEqual([
      'INFO:     "POST /v1/completions HTTP/1.1" 400',
      'INFO:     "POST /v1/embeddings HTTP/1.1" 400',
    ]);
  });

  it('counts in the names of vLLM', async () => {
    const counted = { ...server };
    const answer = new Recorded();
    const body = JSON.stringify({
      model: 'org/m',
      prompt: 'one two',
      max_tokens: 3,
    });
    const signal = new AbortController().signal;
    await serving.serve(
      counted,
      { method: 'POST', path: '/v1/completions', body, signal },
      answer,
    );
    const text = serving.metricsOf(counted);
    const labels = 'engine="0",model_name="org/m"';
    expect(text).toContain(`vllm:prompt_tokens_total{${labels}} 2\n`);
    expect(text).toContain(`vllm:generation_tokens_total{${labels}} 3\n`);
    expect(text).toContain(
      `vllm:request_success_total{${labels},finished_reason="length"} 1\n`,
    );
    expect(text).toContain(`vllm:num_requests_running{${labels}} 0\n`);
    expect(text).toContain(
      `vllm:e2e_request_latency_seconds_count{${labels}} 1\n`,
    );
  });

  it('stops when nobody listens any more', async () => {
    const clock = new FakeClock();
    const slow = new ModelServing(clock, { tokenMs: 1000 });
    const gone = new AbortController();
    const answer = new Recorded();
    const body = JSON.stringify({ model: 'org/m', prompt: 'x', stream: true });
    const done = slow.serve(
      server,
      { method: 'POST', path: '/v1/completions', body, signal: gone.signal },
      answer,
    );
    gone.abort();
    await done;
    expect(answer.ended).toBe(false);
    expect(slow.metricsOf(server)).toContain('finished_reason="abort"} 1');
  });
});
