/** A refusal in the words of vLLM's OpenAI server. */
export class ModelRefusal extends Error {
  readonly status: number;
  readonly type: string;
  readonly param: string | undefined;
  constructor(status: number, type: string, message: string, param?: string) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
  }
}

/** What the three endpoints ask for. */
export interface ModelRequest {
  model: string;
  /** Texts to complete or to embed; one per choice or embedding. */
  prompts: string[];
  maxTokens: number | undefined;
  stream: boolean;
  includeUsage: boolean;
  /** Number of choices for a prompt. */
  n: number;
  /** Embeddings as base64 of little-endian floats, as the OpenAI clients ask for. */
  base64: boolean;
}

const bad = (message: string, param?: string) =>
  new ModelRefusal(400, 'BadRequestError', message, param);

/** Most completions of one request. vLLM's own limits are higher; the sandbox's server makes them all at once. */
const maxCompletions = 1024;

type Fields = Record<string, unknown>;

function parseObject(body: string): Fields {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    throw bad(
      `[{'type': 'json_invalid', 'loc': ('body',), 'msg': 'JSON decode error', 'input': {}}]`,
    );
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw bad(
      `[{'type': 'model_attributes_type', 'loc': ('body',), 'msg': 'Input should be a valid dictionary'}]`,
    );
  }
  return { ...parsed };
}

function requireField(fields: Fields, name: string): unknown {
  const value = fields[name];
  if (value === undefined || value === null) {
    throw bad(
      `[{'type': 'missing', 'loc': ('body', '${name}'), 'msg': 'Field required'}]`,
      name,
    );
  }
  return value;
}

function optionalInteger(
  fields: Fields,
  name: string,
  atLeast: number,
): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw bad(
      `[{'type': 'int_type', 'loc': ('body', '${name}'), 'msg': 'Input should be a valid integer'}]`,
      name,
    );
  }
  if (value < atLeast)
    throw bad(`${name} must be at least ${atLeast}, got ${value}.`, name);
  return value;
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) =>
      typeof part === 'object' && part !== null && 'text' in part
        ? String(part.text)
        : '',
    )
    .join('\n');
}

function chatPrompt(fields: Fields): string {
  const messages = requireField(fields, 'messages');
  if (!Array.isArray(messages) || messages.length === 0) {
    throw bad(
      `[{'type': 'list_type', 'loc': ('body', 'messages'), 'msg': 'Input should be a valid list'}]`,
      'messages',
    );
  }
  return messages
    .map((message: unknown) => {
      const { role, content }: { role?: unknown; content?: unknown } =
        Object(message);
      if (typeof role !== 'string') {
        throw bad(
          `[{'type': 'missing', 'loc': ('body', 'messages', 'role'), 'msg': 'Field required'}]`,
          'messages',
        );
      }
      return `${role}: ${textOf(content)}`;
    })
    .join('\n');
}

function texts(value: unknown): string[] {
  if (Array.isArray(value) && value.length === 0)
    throw bad('please provide at least one prompt');
  return Array.isArray(value) && value.every(item => typeof item === 'string')
    ? value
    : [Array.isArray(value) ? value.join(' ') : String(value)];
}

function promptsOf(path: string, fields: Fields): string[] {
  if (path === '/v1/chat/completions') return [chatPrompt(fields)];
  return texts(
    requireField(fields, path === '/v1/embeddings' ? 'input' : 'prompt'),
  );
}

function choicesOf(fields: Fields, prompts: number): number {
  const n = optionalInteger(fields, 'n', 1) ?? 1;
  if (n * prompts > maxCompletions) {
    throw new ModelRefusal(
      501,
      'NotImplementedError',
      `The sandbox's model server makes at most ${maxCompletions} completions for one request.`,
      'n',
    );
  }
  return n;
}

/**
 * Reads a request as vLLM does: unknown fields are ignored, what is missing or of the wrong type is refused with 400.
 *
 * @throws ModelRefusal
 */
export function readRequest(path: string, body: string): ModelRequest {
  const fields = parseObject(body);
  const { include_usage: includeUsage }: { include_usage?: unknown } = Object(
    fields.stream_options,
  );
  if (fields.stream_options && fields.stream !== true) {
    throw bad(
      'Stream options can only be defined when `stream=True`.',
      'stream_options',
    );
  }
  const prompts = promptsOf(path, fields);
  return {
    model: String(fields.model ?? ''),
    prompts,
    maxTokens:
      optionalInteger(fields, 'max_completion_tokens', 1) ??
      optionalInteger(fields, 'max_tokens', 1),
    stream: fields.stream === true,
    includeUsage: includeUsage === true,
    n: path === '/v1/embeddings' ? 1 : choicesOf(fields, prompts.length),
    base64: fields.encoding_format === 'base64',
  };
}
