import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { KubeObject, Resource } from '@slipway/controller';
import { FakeKubeClient, waitFor } from '@slipway/controller/testing';
import type {
  Feed,
  RunningAuthorizer,
} from '@slipway/plugin-llm-backend/authorization';
import {
  HEADERS_TO_AUTHORIZER,
  readAuthorizerSettings,
  startAuthorizer,
} from '@slipway/plugin-llm-backend/authorization';
import type { JsonObject } from '../json';
import { listAt, objectAt, objectsIn, textAt } from '../json';
import { modelId, modelsHost } from '../objects';
import type { Closable } from '../stubs/closable';
import { closeHttpServer, listenOnLoopback } from '../stubs/closable';
import type { Translation } from '../translate';

const models: Resource = {
  apiVersion: 'llm.nebari.dev/v1alpha1',
  kind: 'LLMModel',
  plural: 'llmmodels',
  namespaced: true,
};
const tenants: Resource = {
  apiVersion: 'slipway.dev/v1alpha1',
  kind: 'Tenant',
  plural: 'tenants',
  namespaced: false,
};

/** An entry of the index, as the portal's database tells of it. */
type Entry = Parameters<Parameters<Feed['snapshot']>[0]>[0][number];

/** The SHA-256 by which a secret is known. */
const hashOf = (secret: string) =>
  createHash('sha256').update(secret).digest('hex');

/** A feed of changes in memory. */
class MemoryFeed implements Feed {
  readonly #changes: { kind: Entry['kind']; id: string; entry?: Entry }[] = [];
  failure: Error | undefined;

  change(change: { kind: Entry['kind']; id: string; entry?: Entry }): void {
    this.#changes.push(change);
  }

  async head(): Promise<number> {
    if (this.failure) {
      throw this.failure;
    }
    return this.#changes.length;
  }

  async since(revision: number) {
    const head = await this.head();
    const changes = this.#changes
      .slice(revision)
      .map((change, at) => ({ ...change, revision: revision + at + 1 }));
    return { kind: 'changes' as const, changes, digests: [], head };
  }

  async lastDigest(): Promise<undefined> {
    return undefined;
  }

  async snapshot(onEntries: (entries: Entry[]) => void): Promise<number> {
    onEntries([]);
    return 0;
  }
}

/**
 * The real authorizer with everything around it in this process: a cluster with the models `acme/m0` (granted), `acme/m1` (open to everybody) and
 * `acme/m2` (neither), a feed of changes, and an identity provider.
 */
export class RealAuthorizer implements Closable {
  readonly feed = new MemoryFeed();
  readonly cluster = new FakeKubeClient();
  readonly #signing = generateKeyPairSync('rsa', { modulusLength: 2048 });
  #authorizer: RunningAuthorizer | undefined;
  #issuer: Server | undefined;
  #issuerUrl = '';

  static async start(stalenessSeconds = 60): Promise<RealAuthorizer> {
    const real = new RealAuthorizer();
    await real.#fill();
    await real.#startIssuer();
    const values: Record<string, string> = {
      externalHost: modelsHost,
      internalHost: 'llm-internal.example.com',
      port: '0',
      host: '127.0.0.1',
      oidcIssuerUrl: real.#issuerUrl,
      oidcAudience: 'llm',
      pollMilliseconds: '20',
      stalenessSeconds: String(stalenessSeconds),
    };
    real.#authorizer = await startAuthorizer({
      settings: readAuthorizerSettings(name => values[name]),
      client: real.cluster,
      feed: real.feed,
    });
    await real.ready();
    return real;
  }

  /** Where Envoy asks. */
  get port(): number {
    return this.#authorizer?.port ?? 0;
  }

  /** The public half of the key that tokens are signed with. */
  get publicKey(): KeyObject {
    return this.#signing.publicKey;
  }

  /** Waits until it judges, by all that was changed so far. */
  async ready(): Promise<void> {
    await waitFor(
      async () =>
        this.#authorizer?.unfit === undefined &&
        this.#authorizer?.revision === (await this.feed.head()),
    );
  }

  /** Waits until it can judge no more. */
  async stale(): Promise<void> {
    await waitFor(() => this.#authorizer?.unfit?.startsWith('stale'));
  }

  /** Makes a key; returns its secret. */
  async issue(
    name: string,
    fields: Partial<Extract<Entry, { kind: 'key' }>> = {},
  ): Promise<string> {
    const secret = `sk-slw-${hashOf(name).slice(0, 49)}`;
    this.feed.change({
      kind: 'key',
      id: name,
      entry: {
        kind: 'key',
        id: name,
        hash: hashOf(secret),
        tenant: 'apps',
        owner: 'user:default/mara',
        models: [
          { model: 'models/m0', grantId: 'grant' },
          { model: 'models/m1' },
        ],
        expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
        ...fields,
      },
    });
    await this.ready();
    return secret;
  }

  /** Takes a key away. */
  async revoke(name: string): Promise<void> {
    this.feed.change({ kind: 'key', id: name });
    await this.ready();
  }

  /** A token of mara, with other claims or headers where they are given. */
  token(
    claims: object = {},
    {
      header = { alg: 'RS256', kid: 'one' } as object,
      signed = (text: string) =>
        sign('sha256', Buffer.from(text), this.#signing.privateKey),
    } = {},
  ): string {
    const part = (value: object) =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part(header)}.${part({
      iss: this.#issuerUrl,
      aud: 'llm',
      exp: Math.floor(Date.now() / 1000) + 300,
      preferred_username: 'mara',
      groups: ['/llm'],
      ...claims,
    })}`;
    return `${text}.${signed(text).toString('base64url')}`;
  }

  async putModel(n: number, fields: object, serves = true): Promise<void> {
    await this.cluster.put(models, model(n, fields, serves));
  }

  async close(): Promise<void> {
    await this.#authorizer?.stop();
    if (this.#issuer) {
      await closeHttpServer(this.#issuer);
    }
  }

  async #fill(): Promise<void> {
    await this.putModel(0, { access: {} });
    await this.putModel(1, { access: { public: true } });
    await this.putModel(2, { access: {} });
    for (const name of ['apps', 'research']) {
      await this.cluster.put(tenants, {
        apiVersion: tenants.apiVersion,
        kind: tenants.kind,
        metadata: { name, namespace: '' },
        spec: {
          displayName: name,
          owners: [],
          memberGroups: [name === 'apps' ? 'llm' : name],
        },
      });
    }
    const entries: Entry[] = [
      { kind: 'member', id: 'user:default/mara', groups: ['llm'] },
      {
        kind: 'grant',
        id: 'grant',
        tenant: 'apps',
        model: 'models/m0',
        subject: { kind: 'user', ref: 'user:default/mara' },
        expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      },
    ];
    for (const entry of entries) {
      this.feed.change({ kind: entry.kind, id: entry.id, entry });
    }
  }

  async #startIssuer(): Promise<void> {
    const issuer = createServer((request, response) => {
      const key = { ...this.publicKey.export({ format: 'jwk' }), kid: 'one' };
      const document = request.url?.startsWith('/.well-known/')
        ? { issuer: this.#issuerUrl, jwks_uri: `${this.#issuerUrl}/keys` }
        : { keys: [key] };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(document));
    });
    this.#issuer = issuer;
    this.#issuerUrl = `http://127.0.0.1:${await listenOnLoopback(issuer)}`;
  }
}

function model(n: number, fields: object, serves: boolean): KubeObject {
  return {
    apiVersion: models.apiVersion,
    kind: models.kind,
    metadata: {
      name: `m${n}`,
      namespace: 'models',
      creationTimestamp: '2026-11-01T00:00:00Z',
    },
    spec: { model: { name: modelId(n), source: 'huggingface' }, ...fields },
    status: serves
      ? {
          servedModelId: modelId(n),
          endpoints: { external: `https://${modelsHost}` },
        }
      : {},
  };
}

/**
 * Lets the authorizer see all headers that it reads. The translations at hand were made when it read fewer; the operator names them all in
 * `headersToExtAuth`, and Envoy Gateway writes each like the ones that are there.
 */
export function showHeaders(made: Translation): Translation {
  const changed: Translation = structuredClone(made);
  for (const listener of changed.listeners) {
    for (const found of objectsIn(listener)) {
      if (textAt(found, '@type').endsWith('.ExtAuthz')) {
        const allowed: JsonObject = objectAt(found, 'allowedHeaders');
        if (listAt(allowed, 'patterns').length > 0) {
          allowed.patterns = HEADERS_TO_AUTHORIZER.map(exact => ({
            exact,
            ignoreCase: true,
          }));
        }
      }
    }
  }
  return changed;
}
