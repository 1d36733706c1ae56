import { portal, request } from './portal';

/** The namespace that the sandbox's platform team prepared for models. */
export const NAMESPACE = 'nebari-llm-serving-system';

const models = `/apis/llm.nebari.dev/v1alpha1/namespaces/${NAMESPACE}/llmmodels`;

async function call(method: string, path: string, body?: unknown) {
  const { apiUrl, adminToken } = portal();
  const answer = await request(`${apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}` },
    body,
  });
  const isGone = method === 'DELETE' && answer.status === 404;
  if (answer.status >= 400 && !isGone) {
    throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
  }
}

/** What a test says about a model; the rest is the smallest that works. */
export interface ModelOptions {
  name: string;
  modelId: string;
  access: { public?: boolean; groups?: string[]; requestable?: boolean };
  authSecretName?: string;
}

/** Applies an `LLMModel`, as `kubectl create` would. */
export function createModel(options: ModelOptions): Promise<void> {
  const { name, modelId, access, authSecretName } = options;
  return call('POST', models, {
    apiVersion: 'llm.nebari.dev/v1alpha1',
    kind: 'LLMModel',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      model: {
        name: modelId,
        source: 'huggingface',
        storage: { type: 'pvc', size: '20Gi' },
        ...(authSecretName ? { authSecretName } : {}),
      },
      resources: { gpu: { count: 1, type: 'nvidia' } },
      access,
    },
  });
}

/** Deletes a model; nothing if it is gone already. */
export function deleteModel(name: string): Promise<void> {
  return call('DELETE', `${models}/${name}`);
}

/** Creates a Secret with one value. */
export function createSecret(
  name: string,
  key: string,
  value: string,
  namespace = NAMESPACE,
): Promise<void> {
  return call('POST', `/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    data: { [key]: Buffer.from(value).toString('base64') },
  });
}

/** Deletes a Secret; nothing if it is gone already. */
export function deleteSecret(
  name: string,
  namespace = NAMESPACE,
): Promise<void> {
  return call('DELETE', `/api/v1/namespaces/${namespace}/secrets/${name}`);
}

/** Sets a fault of the sandbox; answers how to heal it. */
export async function setFault(
  fault: Record<string, unknown>,
): Promise<() => Promise<void>> {
  const { adminUrl } = portal();
  const answer = await fetch(`${adminUrl}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
  if (!answer.ok) {
    throw new Error(`fault ${JSON.stringify(fault)}: ${await answer.text()}`);
  }
  const { id } = await answer.json();
  return async () => {
    await fetch(`${adminUrl}/faults/${id}`, { method: 'DELETE' });
  };
}

/** An access token of a person for the gateway, by the provider's direct grant for development. */
export async function accessToken(username: string): Promise<string> {
  const answer = await fetch(`${portal().oidcIssuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: 'slipway-cli',
      username,
      password: username,
      scope: 'openid profile',
    }),
  });
  const body = await answer.json();
  if (typeof body.access_token !== 'string') {
    throw new Error(`no token for ${username}: ${JSON.stringify(body)}`);
  }
  return body.access_token;
}
