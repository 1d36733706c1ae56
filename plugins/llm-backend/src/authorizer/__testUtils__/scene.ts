import { createHash } from 'node:crypto';
import type { KubeObject } from '@slipway/controller';
import type {
  GrantEntry,
  IndexEntry,
  KeyEntry,
} from '../../access/indexEntries';
import { AccessIndex } from '../accessIndex';
import { authorize, AuthorizeSettings, Shown } from '../authorize';
import { readModel, readTenant } from '../readWorld';
import { readCredential } from '../request/credential';
import type { CheckAnswer, CheckQuestion } from '../types';
import { World } from '../world';

/** When everything in these tests happens. */
export const NOW = Date.parse('2026-11-20T08:00:00.000Z');
export const LATER = '2026-12-01T00:00:00.000Z';
export const EARLIER = '2026-11-01T00:00:00.000Z';

export const settings: AuthorizeSettings = {
  hosts: { external: 'llm.example.com', internal: 'llm-internal.example.com' },
  requireMember: true,
  retryAfterS: 10,
};

export const sha256 = (text: string) =>
  createHash('sha256').update(text).digest('hex');

/** A secret that looks like a key of ours. */
export const secretOf = (name: string) => `sk-slw-${sha256(name).slice(0, 49)}`;

/** An id of a key as the access room makes them. */
export const keyId = (name: string) => `key_${sha256(name).slice(0, 32)}`;

/** An active key whose secret is `secretOf(name)`: mara's in `apps`, for the model `llm/open`, which needs no grant. */
export function key(name: string, fields: Partial<KeyEntry> = {}): KeyEntry {
  return {
    kind: 'key',
    id: keyId(name),
    hash: sha256(secretOf(name)),
    tenant: 'apps',
    owner: 'user:default/mara',
    models: [{ model: 'llm/open' }],
    expiresAt: LATER,
    ...fields,
  };
}

/** An active grant of mara in `apps` on `llm/closed`. */
export function grant(
  id: string,
  fields: Partial<GrantEntry> = {},
): GrantEntry {
  return {
    kind: 'grant',
    id,
    tenant: 'apps',
    model: 'llm/closed',
    subject: { kind: 'user', ref: 'user:default/mara' },
    expiresAt: LATER,
    ...fields,
  };
}

/** A member. */
export function member(name: string, groups: string[]): IndexEntry {
  return { kind: 'member', id: `user:default/${name}`, groups };
}

/** What the operator writes when a model serves at both endpoints. */
export const serving = {
  endpoints: {
    external: 'https://llm.example.com',
    internal: 'https://llm-internal.example.com',
  },
};

/** An LLMModel `llm/<name>` with the id `acme/<name>`, which serves at both endpoints. */
export function llmModel(
  name: string,
  spec: Record<string, unknown> = {},
  status: Record<string, unknown> = {
    ...serving,
    servedModelId: `acme/${name}`,
  },
): KubeObject {
  return {
    apiVersion: 'llm.nebari.dev/v1alpha1',
    kind: 'LLMModel',
    metadata: {
      name,
      namespace: 'llm',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-11-01T00:00:00Z',
    },
    spec: {
      model: { name: `acme/${name}`, source: 'huggingface' },
      access: { groups: [] },
      ...spec,
    },
    status,
  };
}

/** A Tenant. */
export function tenant(
  name: string,
  memberGroups: string[],
  state = 'active',
): KubeObject {
  return {
    apiVersion: 'slipway.dev/v1alpha1',
    kind: 'Tenant',
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1' },
    spec: { displayName: name, owners: [], memberGroups, state },
  };
}

/** The models of {@link Scene.create}. */
export const models = [
  llmModel('open', { access: { public: true } }),
  llmModel('team', { access: { groups: ['/developers'] } }),
  llmModel('closed'),
  llmModel('loading', { access: { public: true } }, {}),
  llmModel('inside', {
    access: { public: true },
    endpoints: { external: { enabled: false } },
  }),
];

/** The tenants of {@link Scene.create}. */
export const tenants = [
  tenant('apps', ['llm']),
  tenant('research', ['/research']),
  tenant('resting', ['sleepers'], 'suspended'),
];

/** A small company, and how to ask about it. */
export class Scene {
  readonly index = new AccessIndex();
  readonly world = new World();
  now = NOW;

  static create(entries: IndexEntry[] = []): Scene {
    const scene = new Scene();
    models.forEach(object => scene.model(object));
    tenants.forEach(object => scene.world.putTenant(readTenant(object)));
    [member('mara', ['developers', 'llm']), ...entries].forEach(entry =>
      scene.index.put(entry),
    );
    return scene;
  }

  /** Puts a model in, as the watch tells of it. */
  model(object: KubeObject): void {
    const model = readModel(object);
    if (model) {
      this.world.putModel(model);
    } else {
      const { namespace, name } = object.metadata;
      this.world.removeModel(`${namespace}/${name}`);
    }
  }

  ask(
    question: Partial<CheckQuestion>,
    token?: Extract<Shown, { kind: 'token' }>['identity'],
  ): CheckAnswer {
    const whole = { ...chat('acme/open'), ...question };
    const credential = readCredential(whole.headers);
    return authorize(
      whole,
      credential.kind === 'token'
        ? { kind: 'token', identity: token }
        : credential,
      this,
      settings,
    ).answer;
  }

  /** The status, and the code of the error if it is one. */
  outcome(...args: Parameters<Scene['ask']>): string {
    const answer = this.ask(...args);
    return answer.pass ? 'pass' : `${answer.status} ${codeOf(answer.body)}`;
  }

  /** A call of a model with a key. */
  call(keyName: string, model = 'acme/open', host = settings.hosts.external) {
    return this.outcome({
      ...chat(model),
      host,
      headers: bearer(secretOf(keyName)),
    });
  }
}

/** Headers of a request in JSON with a credential. */
export function bearer(credential: string): Record<string, string> {
  return {
    authorization: `Bearer ${credential}`,
    'content-type': 'application/json',
  };
}

/** A chat completion for a model at the external endpoint. */
export function chat(model: string): CheckQuestion {
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    host: 'llm.example.com:443',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ model, messages: [] })),
  };
}

function codeOf(body: string): string {
  const parsed = JSON.parse(body);
  return parsed.error?.code ?? 'answered';
}
