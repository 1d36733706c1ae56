import { request as httpsRequest } from 'node:https';
import { generate } from 'selfsigned';
import type { ClusterApi, StoredObject } from '../../types';
import { systemClock } from '../../world/clock';
import { ModelServers } from '../../world/modelServers';
import { FakeCluster } from '../../world/testing/fakeCluster';
import { gatewayKinds } from '../kinds';
import {
  startGateway,
  type Gateway,
  type GatewayOptions,
} from '../startGateway';

/** Hosts of the listeners in these tests. */
export const externalHost = 'llm.slipway.localhost';
export const internalHost = 'llm-internal.slipway.localhost';

/** What a request was answered. */
export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** What a request may say beyond its path. */
export interface Call {
  host?: string;
  token?: string;
  model?: string;
  json?: unknown;
  body?: string;
  method?: string;
  headers?: Record<string, string>;
  /** TLS server name, when it differs from the host. */
  serverName?: string;
}

const gatewayObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'ai', namespace: 'envoy-gateway-system' },
  spec: {
    gatewayClassName: 'envoy',
    listeners: [
      ['llm-https', externalHost],
      ['llm-internal-https', internalHost],
    ].map(([name, hostname]) => ({
      name,
      hostname,
      port: 443,
      protocol: 'HTTPS',
      tls: {
        mode: 'Terminate',
        certificateRefs: [{ kind: 'Secret', name: 'tls' }],
      },
      allowedRoutes: { namespaces: { from: 'All' } },
    })),
  },
};

/** A model as the operator would have it, and how it is protected. */
export interface TestModel {
  name: string;
  /** Model id; `org/<name>` unless given. */
  id?: string;
  namespace?: string;
  groups?: string[];
  /** Issuer of tokens; with it the internal route gets a policy. */
  issuer?: string;
  jwksUri?: string;
  audiences?: string[];
  /** Request timeout of the route; `30s` unless given. */
  timeout?: string;
}

/** A cluster with a gateway in front of it, and shorthands for what tests do with them. */
export class TestGateway {
  readonly cluster: ClusterApi;
  readonly modelServers = new ModelServers();
  readonly errors: unknown[] = [];
  gateway!: Gateway;
  #certificate!: { cert: string; private: string };
  #pods = 0;

  constructor(cluster: ClusterApi = new FakeCluster(systemClock)) {
    this.cluster = cluster;
  }

  /** Creates GatewayClass, Gateway, Secret and namespaces, and starts the gateway. */
  async start(
    options: Pick<
      GatewayOptions,
      'serving' | 'clock' | 'forwardedServices'
    > = {},
  ): Promise<this> {
    this.#certificate = await generate(
      [{ name: 'commonName', value: 'slipway.localhost' }],
      {
        keySize: 2048,
        extensions: [
          {
            name: 'subjectAltName',
            altNames: [{ type: 2, value: '*.slipway.localhost' }],
          },
        ],
      },
    );
    for (const name of ['envoy-gateway-system', 'models', 'other']) {
      this.create('namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      });
    }
    this.create('gatewayClasses', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'envoy' },
      spec: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' },
    });
    this.createTlsSecret();
    this.create('gateways', gatewayObject);
    this.gateway = await startGateway({
      cluster: this.cluster,
      modelServers: this.modelServers,
      onError: (_where, error) => this.errors.push(error),
      ...options,
    });
    return this;
  }

  /** The certificate's Secret. */
  createTlsSecret(namespace = 'envoy-gateway-system'): void {
    this.create('secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'tls', namespace },
      type: 'kubernetes.io/tls',
      data: {
        'tls.crt': Buffer.from(this.#certificate.cert).toString('base64'),
        'tls.key': Buffer.from(this.#certificate.private).toString('base64'),
      },
    });
  }

  create(
    kind: keyof typeof gatewayKinds,
    object: Record<string, unknown>,
  ): StoredObject {
    return this.cluster.create(gatewayKinds[kind], object, 'test');
  }

  get(
    kind: keyof typeof gatewayKinds,
    name: string,
    namespace = 'models',
  ): StoredObject | undefined {
    return this.cluster.get(gatewayKinds[kind], namespace, name);
  }

  update(
    kind: keyof typeof gatewayKinds,
    name: string,
    change: (draft: StoredObject) => void,
    namespace = 'models',
  ): void {
    this.cluster.update(gatewayKinds[kind], namespace, name, 'test', change);
  }

  delete(
    kind: keyof typeof gatewayKinds,
    name: string,
    namespace = 'models',
  ): void {
    this.cluster.delete(gatewayKinds[kind], namespace, name);
  }

  /** Adds a pod of these labels, ready, with an address; a model server in it if ids are given. */
  pod(
    namespace: string,
    labels: Record<string, string>,
    servedModelNames?: string[],
  ): string {
    this.#pods += 1;
    const name = `${labels['app.kubernetes.io/instance'] ?? 'pod'}-${
      this.#pods
    }`;
    const podIp = `10.0.${this.#pods >> 8}.${this.#pods & 255}`;
    this.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels },
      spec: { containers: [{ name: 'main', image: 'none' }] },
    });
    this.cluster.update(
      gatewayKinds.pods,
      namespace,
      name,
      'test',
      draft => {
        draft.status = {
          podIP: podIp,
          phase: 'Running',
          conditions: [{ type: 'Ready', status: 'True' }],
        };
      },
      { subresource: 'status' },
    );
    if (servedModelNames) {
      this.modelServers.set({
        namespace,
        pod: name,
        podIp,
        port: 8000,
        servedModelNames,
        ready: true,
        log: () => {},
      });
    }
    return name;
  }

  /** Serving pod, endpoint picker and pool of a model. */
  pool({ name, id = `org/${name}`, namespace = 'models' }: TestModel): void {
    const serving = {
      'app.kubernetes.io/instance': name,
      'app.kubernetes.io/name': 'llmmodel',
    };
    const picker = {
      'app.kubernetes.io/instance': name,
      'app.kubernetes.io/name': 'epp',
    };
    this.pod(namespace, serving, [id]);
    this.pod(namespace, picker);
    this.create('services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `${name}-epp`, namespace },
      spec: { selector: picker, ports: [{ name: 'grpc', port: 9002 }] },
    });
    this.create('inferencePools', {
      apiVersion: 'inference.networking.k8s.io/v1',
      kind: 'InferencePool',
      metadata: { name, namespace },
      spec: {
        selector: { matchLabels: serving },
        targetPorts: [{ number: 8000 }],
        endpointPickerRef: {
          group: '',
          kind: 'Service',
          name: `${name}-epp`,
          port: { number: 9002 },
        },
      },
    });
  }

  /** AIGatewayRoute of a model on the internal listener, or on another. */
  route(
    {
      name,
      id = `org/${name}`,
      namespace = 'models',
      timeout = '30s',
    }: TestModel,
    listener = 'llm-internal-https',
  ): void {
    this.create('aiGatewayRoutes', {
      apiVersion: 'aigateway.envoyproxy.io/v1beta1',
      kind: 'AIGatewayRoute',
      metadata: {
        name: `${name}-internal`,
        namespace,
        labels: { 'llm.nebari.dev/model': name },
      },
      spec: {
        parentRefs: [
          {
            name: 'ai',
            namespace: 'envoy-gateway-system',
            sectionName: listener,
          },
        ],
        rules: [
          {
            matches: [
              {
                headers: [{ type: 'Exact', name: 'x-ai-eg-model', value: id }],
              },
            ],
            backendRefs: [
              {
                group: 'inference.networking.k8s.io',
                kind: 'InferencePool',
                name,
              },
            ],
            timeouts: { request: timeout },
          },
        ],
      },
    });
  }

  /** A SecurityPolicy with this spec, on a model's route unless the spec names other targets. */
  policy(
    name: string,
    spec: Record<string, unknown>,
    namespace = 'models',
  ): void {
    this.create('securityPolicies', {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'SecurityPolicy',
      metadata: { name, namespace },
      spec: {
        targetRefs: [
          { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name },
        ],
        ...spec,
      },
    });
  }

  /** Everything a model needs, protected by tokens of an issuer as the operator does it. */
  model(model: TestModel): void {
    this.pool(model);
    this.policy(`${model.name}-internal`, jwtSpec(model), model.namespace);
    this.route(model);
  }

  /** One request to the gateway. A refused connection rejects. */
  call(
    path: string,
    { host = internalHost, serverName = host, ...rest }: Call = {},
  ): Promise<Reply> {
    const { model, token, headers } = rest;
    const json =
      rest.json ??
      (model === undefined
        ? undefined
        : { model, messages: [{ role: 'user', content: 'Hello' }] });
    const body =
      rest.body ?? (json === undefined ? undefined : JSON.stringify(json));
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(
        {
          host: '127.0.0.1',
          port: this.gateway.port,
          path,
          method: rest.method ?? (body === undefined ? 'GET' : 'POST'),
          servername: serverName,
          ca: this.#certificate.cert,
          agent: false,
          headers: {
            host,
            ...(token === undefined
              ? {}
              : { authorization: `Bearer ${token}` }),
            ...(body === undefined
              ? {}
              : { 'content-type': 'application/json' }),
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
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: text,
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** A chat with a model. */
  chat(model: string, token?: string, call: Call = {}): Promise<Reply> {
    return this.call('/v1/chat/completions', { model, token, ...call });
  }

  /** The certificate, for clients of their own. */
  get ca(): string {
    return this.#certificate.cert;
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
  }
}

/** The operator's policy for internal routes (`facts/nebari-llm-serving-pack.md` §3.12). */
export function jwtSpec({
  groups,
  issuer,
  jwksUri = `${issuer}/jwks`,
  audiences = ['llm'],
}: TestModel) {
  return {
    jwt: {
      providers: [
        {
          name: 'oidc',
          issuer,
          audiences,
          remoteJWKS: { uri: jwksUri },
          claimToHeaders: [
            { claim: 'preferred_username', header: 'X-Auth-User' },
          ],
        },
      ],
    },
    ...(groups
      ? {
          authorization: {
            defaultAction: 'Deny',
            rules: [
              {
                name: 'allow-groups',
                action: 'Allow',
                principal: {
                  jwt: {
                    provider: 'oidc',
                    claims: [
                      {
                        name: 'groups',
                        valueType: 'StringArray',
                        values: groups,
                      },
                    ],
                  },
                },
              },
            ],
          },
        }
      : {}),
  };
}

const WITHIN_MS = 30_000;

/** Waits until something is true; fails with what was asked when it takes too long, even for a busy machine. */
export async function eventually<T>(
  read: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const endMs = Date.now() + WITHIN_MS;
  for (;;) {
    const value = await read();
    if (value) return value;
    if (Date.now() > endMs)
      throw new Error(`not within ${WITHIN_MS} ms: ${read}`);
    await new Promise(resolve => setImmediate(resolve));
  }
}

/** Conditions of a list as `type=status/reason`. */
export function summary(
  conditions: { type: string; status: string; reason: string }[] = [],
): string[] {
  return conditions.map(
    ({ type, status, reason }) => `${type}=${status}/${reason}`,
  );
}
