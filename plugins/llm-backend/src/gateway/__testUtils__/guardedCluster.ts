import { createKubeClient, KubeClient, Resource } from '@slipway/controller';
import { requestFreePort } from './requestFreePort';
import { startAuthorizer } from '../../authorizer';
import type { RunningAuthorizer } from '../../authorizer';
import { readAuthorizerSettings } from '../../authorizer/settings';
import { key, member, secretOf } from '../../authorizer/__testUtils__/scene';
import {
  NAMESPACE,
  OperatorOnSandbox,
} from '../../models/__testUtils__/onSandbox';
import { RunningModels } from '../../models';
import { modelDigest } from '../modelDigest';
import { Call, chatWith, GatewayClient, Reply } from './gatewayProbe';

/** How the operator is set: the gateway judges by itself, or asks the authorizer. */
export type Mode = 'native' | 'authorizer';

const SERVICE = 'slipway-system/slipway-authorizer:9002';
/** Kinds that decide who gets through. */
const GATEWAY_KINDS = new Set([
  'SecurityPolicy',
  'ClientTrafficPolicy',
  'ReferenceGrant',
  'AIGatewayRoute',
]);
const farAway = { expiresAt: '2999-01-01T00:00:00.000Z' };
const WRITES = new Set(['create', 'update', 'apply', 'mergePatch', 'delete']);

/** The id of a model of these tests. */
export const idOf = (name: string) => `acme/${name}`;

/** A secret of mara for the model `crew`. */
export const CREW_KEY = secretOf('crew');
/** A secret of mara for the model `open`, and for no other. */
export const OPEN_KEY = secretOf('open');

/** Told before a write to an object of the gateway; may throw, and then nothing is written. */
export type BeforeWrite = (kind: string, name: string) => void | Promise<void>;

/**
 * A sandbox whose gateway asks the real authorizer, which knows mara (group `llm`, tenant `apps`) and two keys of hers, and nobody else.
 * Every write of an operator to the gateway's objects is followed by a round of requests that nobody granted; one that passes is noted.
 */
export class GuardedCluster {
  /** Requests that passed and must not have, with what had just been written. */
  readonly leaks: string[] = [];
  /** How many requests were refused, as they must be. */
  refused = 0;
  #ungranted: (Call & { what: string })[] = [];
  #maraToken = '';
  readonly #requests: GatewayClient;

  private constructor(
    readonly operator: OperatorOnSandbox,
    readonly authorizer: RunningAuthorizer,
    private readonly client: KubeClient & { close(): void },
  ) {
    this.#requests = new GatewayClient(operator.sandbox.caCert);
  }

  static async start(): Promise<GuardedCluster> {
    const port = await requestFreePort();
    const operator = await OperatorOnSandbox.start({
      forwardedServices: { [SERVICE]: port },
    });
    const { sandbox } = operator;
    const client = await createKubeClient({
      kubeconfigText: sandbox.kubeconfig,
    });
    const values: Record<string, string> = {
      baseDomain: 'slipway.localhost',
      port: String(port),
      host: '127.0.0.1',
      oidcIssuerUrl: sandbox.oidcIssuer,
      oidcAudience: 'llm',
    };
    const entries = [
      member('mara', ['developers', 'llm']),
      key('crew', { models: [{ model: `${NAMESPACE}/crew` }], ...farAway }),
      key('open', { models: [{ model: `${NAMESPACE}/open` }], ...farAway }),
    ];
    const authorizer = await startAuthorizer({
      settings: readAuthorizerSettings(name => values[name]),
      client,
      feed: {
        head: async () => 1,
        since: async () => ({
          kind: 'changes',
          changes: [],
          digests: [],
          head: 1,
        }),
        lastDigest: async () => undefined,
        snapshot: async onEntries => {
          onEntries(entries);
          return 1;
        },
      },
    });
    const cluster = new GuardedCluster(operator, authorizer, client);
    await cluster.prepareRequests();
    return cluster;
  }

  /** Starts an operator in a mode; every write to the gateway is probed after it. */
  async startOperator(
    mode: Mode,
    before: BeforeWrite = () => {},
  ): Promise<RunningModels> {
    const more: Record<string, string> =
      mode === 'authorizer' ? { authorizer: SERVICE } : {};
    return this.operator.startOperator({
      settings: this.operator.settings(more),
      wrap: client => this.probing(client, before),
    });
  }

  /** Sends everything that nobody granted, and notes what passed. */
  async probe(after: string): Promise<void> {
    await Promise.all(
      this.#ungranted.map(async request => {
        const reply = await this.#requests.call(request);
        if (reply.passed || reply.status < 400) {
          this.leaks.push(`${request.what} got ${reply.status} ${after}`);
        } else {
          this.refused += 1;
        }
      }),
    );
  }

  /** A chat of mara with `crew`, which she may use: by her key from outside, by her token from inside. */
  async granted(
    endpoint: 'external' | 'internal',
    model = 'crew',
  ): Promise<Reply> {
    const { sandbox } = this.operator;
    return this.#requests.call({
      base:
        endpoint === 'external'
          ? sandbox.gatewayUrl
          : sandbox.internalGatewayUrl,
      credential: endpoint === 'external' ? CREW_KEY : this.#maraToken,
      body: chatWith(idOf(model)),
    });
  }

  async stop(): Promise<void> {
    this.#requests.close();
    await this.operator.stop();
    await this.authorizer.stop();
    this.client.close();
  }

  private probing(client: KubeClient, before: BeforeWrite): KubeClient {
    return new Proxy(client, {
      get: (target, name: keyof KubeClient) => {
        const method: unknown = Reflect.get(target, name, target);
        if (typeof method !== 'function' || !WRITES.has(name)) {
          return method;
        }
        return async (resource: Resource, ...rest: unknown[]) => {
          const { kind } = resource;
          const [about] = rest;
          const named = nameOf(about);
          if (!GATEWAY_KINDS.has(kind)) {
            return Reflect.apply(method, target, [resource, ...rest]);
          }
          await before(kind, named);
          const answer = await Reflect.apply(method, target, [
            resource,
            ...rest,
          ]);
          await this.probe(`after ${name} of ${kind} ${named}`);
          return answer;
        };
      },
    });
  }

  private async prepareRequests(): Promise<void> {
    const { gatewayUrl, internalGatewayUrl } = this.operator.sandbox;
    this.#maraToken = await this.tokenOf('mara');
    const otto = await this.tokenOf('otto');
    const forged = (model: string) => ({
      'x-slipway-model': modelDigest(idOf(model)),
      'x-slipway-tenant': 'apps',
      'x-slipway-key': 'forged',
    });
    const twice = `{"model":"${idOf('open')}","model":"${idOf('crew')}"}`;
    const ungranted: [string, Omit<Call, 'base'>][] = [
      ['nobody', { body: chatWith(idOf('crew')) }],
      ['nobody, at a public model', { body: chatWith(idOf('open')) }],
      [
        'nobody, with the judgement forged',
        { body: chatWith(idOf('crew')), headers: forged('crew') },
      ],
      [
        'nobody, with judgement and model forged',
        {
          body: chatWith(idOf('open')),
          headers: { ...forged('open'), 'x-ai-eg-model': idOf('open') },
        },
      ],
      [
        'an unknown key',
        {
          body: chatWith(idOf('crew')),
          credential: secretOf('unknown'),
          headers: forged('crew'),
        },
      ],
      [
        "another model's key",
        {
          body: chatWith(idOf('crew')),
          credential: OPEN_KEY,
          headers: forged('crew'),
        },
      ],
      [
        "another model's key, two models",
        { body: twice, credential: OPEN_KEY },
      ],
      [
        'a token of nobody in the group',
        {
          body: chatWith(idOf('crew')),
          credential: otto,
          headers: forged('crew'),
        },
      ],
    ];
    this.#ungranted = ungranted.flatMap(([what, request]) => [
      { ...request, what: `${what} (external)`, base: gatewayUrl },
      { ...request, what: `${what} (internal)`, base: internalGatewayUrl },
    ]);
  }

  private async tokenOf(persona: string): Promise<string> {
    const response = await fetch(`${this.operator.sandbox.oidcIssuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: 'slipway-cli',
        username: persona,
        password: persona,
        scope: 'openid groups',
      }),
    });
    const answer: unknown = await response.json();
    const token =
      typeof answer === 'object' && answer !== null && 'access_token' in answer
        ? answer.access_token
        : undefined;
    if (typeof token !== 'string') {
      throw new Error(`no token for ${persona}: ${JSON.stringify(answer)}`);
    }
    return token;
  }
}

function nameOf(about: unknown): string {
  if (typeof about !== 'object' || about === null) {
    return '';
  }
  if ('metadata' in about) {
    return nameOf(about.metadata);
  }
  return 'name' in about && typeof about.name === 'string' ? about.name : '';
}
