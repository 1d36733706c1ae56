import {
  ClientHooks,
  createKubeClient,
  KubeClient,
  KubeObject,
  Resource,
} from '@slipway/controller';
import { waitFor } from '@slipway/controller/testing';
import { startSandbox } from '@slipway/sandbox';
import type {
  ResourceId,
  Sandbox,
  SandboxOptions,
  StoredObject,
} from '@slipway/sandbox';
import { listAt, recordAt, textAt } from '../json';
import { LLM_MODELS } from '../kinds';
import { readSettings } from '../settings';
import { RunningModels, startModels, StartModelsOptions } from '../startModels';
import { exampleModel } from './examples';

/** Kinds that a deleted model must leave nothing of. */
const KINDS: ResourceId[] = [
  { group: '', plural: 'pods' },
  { group: '', plural: 'configmaps' },
  { group: '', plural: 'persistentvolumeclaims' },
  { group: '', plural: 'services' },
  { group: '', plural: 'serviceaccounts' },
  { group: 'apps', plural: 'deployments' },
  { group: 'apps', plural: 'replicasets' },
  { group: 'batch', plural: 'jobs' },
  { group: 'networking.k8s.io', plural: 'networkpolicies' },
  { group: 'rbac.authorization.k8s.io', plural: 'roles' },
  { group: 'rbac.authorization.k8s.io', plural: 'rolebindings' },
  { group: 'monitoring.coreos.com', plural: 'podmonitors' },
  { group: 'inference.networking.k8s.io', plural: 'inferencepools' },
  { group: 'aigateway.envoyproxy.io', plural: 'aigatewayroutes' },
  { group: 'gateway.envoyproxy.io', plural: 'securitypolicies' },
  { group: 'gateway.envoyproxy.io', plural: 'httproutefilters' },
  { group: 'gateway.networking.k8s.io', plural: 'httproutes' },
  { group: 'llm.nebari.dev', plural: 'llmmodels' },
];
const MODELS: ResourceId = { group: 'llm.nebari.dev', plural: 'llmmodels' };
/** What Kubernetes itself keeps in a namespace. */
const NOT_OURS = new Set(['kube-root-ca.crt', 'default']);

/** A namespace that the sandbox prepares for models. */
export const NAMESPACE = 'nebari-llm-serving-system';

/** A small model in that namespace, with an id of its own; `spec` goes over the example's. */
export function model(
  name: string,
  spec: Record<string, unknown> = {},
): KubeObject {
  const example = exampleModel({
    ...spec,
    model: {
      name: `acme/${name}`,
      storage: { size: '50Gi' },
      ...recordAt(spec, 'model'),
    },
  });
  return {
    apiVersion: example.apiVersion,
    kind: example.kind,
    metadata: { name, namespace: NAMESPACE },
    spec: example.spec,
  };
}

/** A sandbox with operators on it, and shorthands for what tests look at. */
export class OperatorOnSandbox {
  private readonly operators: RunningModels[] = [];

  private constructor(readonly sandbox: Sandbox, readonly client: KubeClient) {}

  /** Starts an empty cluster in which nothing takes time. */
  static async start(
    options: Pick<SandboxOptions, 'forwardedServices'> = {},
  ): Promise<OperatorOnSandbox> {
    const sandbox = await startSandbox({
      ...options,
      delays: { scale: 0 },
      events: 'warnings',
    });
    return new OperatorOnSandbox(
      sandbox,
      await createKubeClient({ kubeconfigText: sandbox.kubeconfig }),
    );
  }

  /** Starts an operator; `hooks` see every call that it makes, `wrap` may stand between it and the cluster. */
  async startOperator(
    options: {
      hooks?: ClientHooks;
      wrap?: (client: KubeClient) => KubeClient;
      kubeconfig?: string;
    } & Partial<StartModelsOptions> = {},
  ): Promise<RunningModels> {
    const {
      hooks,
      wrap = (client: KubeClient) => client,
      kubeconfig = this.sandbox.kubeconfig,
      ...rest
    } = options;
    const client = wrap(
      await createKubeClient({ kubeconfigText: kubeconfig, ...hooks }),
    );
    const running = await startModels({
      client,
      settings: this.settings(),
      ...rest,
    });
    this.operators.push(running);
    return running;
  }

  /** Settings of an operator on this cluster; `more` by their names. */
  settings(more: Record<string, string> = {}) {
    const values: Record<string, string> = {
      ...more,
      baseDomain: 'slipway.localhost',
      externalGatewayName: 'ai',
      internalGatewayName: 'ai',
      oidcIssuerUrl: this.sandbox.oidcIssuer,
      oidcAudience: 'llm',
      externalUrl: this.sandbox.gatewayUrl,
      internalUrl: this.sandbox.internalGatewayUrl,
    };
    return readSettings(name => values[name]);
  }

  async apply(object: KubeObject): Promise<KubeObject> {
    return this.client.apply(LLM_MODELS, object, {
      fieldManager: 'test',
      force: true,
    });
  }

  /** Changes a model by a merge patch of its spec. */
  async change(name: string, spec: Record<string, unknown>): Promise<void> {
    await this.client.mergePatch(
      LLM_MODELS,
      { namespace: NAMESPACE, name },
      { spec },
    );
  }

  async delete(name: string): Promise<void> {
    await this.client.delete(LLM_MODELS, { namespace: NAMESPACE, name });
  }

  async createSecret(
    name: string,
    value = 'hf_token',
    namespace = NAMESPACE,
  ): Promise<void> {
    await this.client.create(kind('v1', 'Secret', 'secrets'), {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      data: { HF_TOKEN: Buffer.from(value).toString('base64') },
    });
  }

  async setSecret(name: string, value: string): Promise<void> {
    const data = { HF_TOKEN: Buffer.from(value).toString('base64') };
    await this.client.mergePatch(
      kind('v1', 'Secret', 'secrets'),
      { namespace: NAMESPACE, name },
      { data },
    );
  }

  model(name: string, namespace = NAMESPACE): StoredObject | undefined {
    return this.sandbox.cluster.get(MODELS, namespace, name);
  }

  phase(name: string): string | undefined {
    return textAt(this.model(name), 'status', 'phase');
  }

  condition(
    name: string,
    type: string,
  ): { status?: string; reason?: string; message?: string } {
    const found = listAt(this.model(name), 'status', 'conditions').find(
      condition => textAt(condition, 'type') === type,
    );
    return {
      status: textAt(found, 'status'),
      reason: textAt(found, 'reason'),
      message: textAt(found, 'message'),
    };
  }

  /** Waits for a condition of a model to have a reason. */
  async untilReason(name: string, type: string, reason: string): Promise<void> {
    await waitFor(() => this.condition(name, type).reason === reason, {
      what: `${name} ${type}/${reason}`,
    }).catch(error => {
      throw new Error(
        `${error.message}; it is ${JSON.stringify(
          this.model(name)?.status,
          undefined,
          1,
        )}`,
      );
    });
  }

  async untilReady(name: string, generation?: number): Promise<void> {
    await waitFor(
      () =>
        this.phase(name) === 'Ready' &&
        this.condition(name, 'Ready').status === 'True' &&
        (generation === undefined ||
          this.model(name)?.status?.observedGeneration >= generation),
      { what: `${name} is Ready` },
    ).catch(error => {
      throw new Error(
        `${error.message}; it is ${JSON.stringify(
          this.model(name)?.status,
          undefined,
          1,
        )}`,
      );
    });
  }

  get(
    group: string,
    plural: string,
    name: string,
    namespace = NAMESPACE,
  ): StoredObject | undefined {
    return this.sandbox.cluster.get({ group, plural }, namespace, name);
  }

  list(group: string, plural: string, namespace = NAMESPACE): StoredObject[] {
    return this.sandbox.cluster.list({ group, plural }, namespace);
  }

  /** Everything in the namespaces of models, as `Kind/name`, sorted. */
  everything(): string[] {
    return KINDS.flatMap(id => [
      ...this.sandbox.cluster.list(id, NAMESPACE),
      ...this.sandbox.cluster.list(id, 'llm-operator-system'),
    ])
      .filter(({ metadata }) => !NOT_OURS.has(metadata.name))
      .map(object => `${object.kind}/${object.metadata.name}`)
      .sort();
  }

  async untilNothingIsLeft(): Promise<void> {
    await waitFor(() => this.everything().length === 0).catch(() => {
      throw new Error(`left behind: ${this.everything().join(', ')}`);
    });
  }

  /** Stops all operators, but not the cluster. */
  async stopOperators(): Promise<void> {
    await Promise.all(
      this.operators.splice(0).map(operator => operator.stop()),
    );
  }

  async stop(): Promise<void> {
    await this.stopOperators();
    await this.sandbox.stop();
  }
}

/** A kind, for calls of the client. */
export function kind(
  apiVersion: string,
  name: string,
  plural: string,
  namespaced = true,
): Resource {
  return { apiVersion, kind: name, plural, namespaced };
}
