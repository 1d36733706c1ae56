/** What a request wants. */
export type Target =
  | { kind: 'list-models' }
  | { kind: 'read-model'; modelId: string }
  /** A model is called; `forms`: its name may come in a form instead of in JSON. */
  | { kind: 'call'; forms: boolean }
  | { kind: 'wrong-method'; allowed: 'GET' | 'POST' }
  | { kind: 'unknown' };

/** Paths under which the AI gateway reads a model from JSON (source: its `cmd/extproc/mainlib/main.go`, v1.0.0). */
const JSON_PATHS = new Set([
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/responses',
  '/v1/responses/input_tokens',
  '/v1/images/generations',
  '/v1/audio/speech',
  '/cohere/v2/rerank',
  '/anthropic/v1/messages',
  '/tokenize',
]);
/** Paths under which a file comes with a form. */
const FORM_PATHS = new Set([
  '/v1/audio/transcriptions',
  '/v1/audio/translations',
]);
const MODELS = '/v1/models';

/** Tells what a request wants by its method and path. Envoy shows the path as it will route it. */
export function readTarget(method: string, path: string): Target {
  const query = path.indexOf('?');
  const plain = query < 0 ? path : path.slice(0, query);
  const forms = FORM_PATHS.has(plain);
  if (forms || JSON_PATHS.has(plain)) {
    return method === 'POST'
      ? { kind: 'call', forms }
      : { kind: 'wrong-method', allowed: 'POST' };
  }
  if (plain !== MODELS && !plain.startsWith(`${MODELS}/`)) {
    return { kind: 'unknown' };
  }
  if (method !== 'GET') {
    return { kind: 'wrong-method', allowed: 'GET' };
  }
  const name = plain.slice(MODELS.length + 1);
  if (name === '') {
    return { kind: 'list-models' };
  }
  try {
    return { kind: 'read-model', modelId: decodeURIComponent(name) };
  } catch {
    return { kind: 'unknown' };
  }
}
