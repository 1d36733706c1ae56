import { PodLogs } from '../../world/podLogs';
import { ApiFailure, StoredObject } from '../../types';
import { Authenticator } from '../authentication';
import { Authorizer } from '../authorization';
import { VirtualKind } from '../discovery';
import { badRequest, invalid, notFound, notImplemented } from '../failures';
import { isObject, listAt, objectAt, stringAt } from '../json';
import { matchesLabels } from '../selectors';
import { inVersion, storageOf } from '../registry';
import { ResourceRequest } from '../requestInfo';
import { decodeObject, parseBody } from '../rest/decode';
import { Deleter, deleteOptions } from '../rest/deletion';
import { writeOptions } from '../rest/writeOptions';
import { Writer } from '../rest/writer';
import { JsonObject, ServedKind } from '../seams';
import { Store } from '../store';
import { review } from '../virtual/reviews';
import { Exchange } from './exchange';
import { sendLog } from './podLog';

/** What the special subresources work with. */
export interface SubresourceContext {
  store: Store;
  writer: Writer;
  deleter: Deleter;
  authenticator: Authenticator;
  authorizer: Authorizer;
  now: () => number;
  /** Where logs come from; absent without nodes. */
  podLogs?: PodLogs;
}

const PDB = { group: 'policy', plural: 'poddisruptionbudgets' };

/** Subresources and virtual kinds that do something of their own. */
export class Subresources {
  readonly #context: SubresourceContext;

  constructor(context: SubresourceContext) {
    this.#context = context;
  }

  /** Answers a posted review. */
  review(
    exchange: Exchange,
    info: ResourceRequest,
    kind: VirtualKind,
    body: JsonObject,
  ): void {
    const { authenticator, authorizer, writer } = this.#context;
    const options = writeOptions(
      exchange.request,
      exchange.query,
      exchange.user,
      'CreateOptions',
    );
    const answer = review(kind.kind, body, {
      user: exchange.user,
      namespace: info.namespace,
      authenticator,
      authorizer,
      now: writer.timestamp(),
      manager: options.manager,
    });
    exchange.json(201, JSON.stringify(answer));
  }

  async handle(
    exchange: Exchange,
    kind: ServedKind,
    info: ResourceRequest,
  ): Promise<void> {
    switch (`${kind.plural}/${info.subresource}`) {
      case 'pods/log':
        this.#log(exchange, kind, info);
        break;
      case 'pods/eviction':
        await this.#evict(exchange, kind, info);
        break;
      case 'pods/binding':
        await this.#bind(exchange, kind, info);
        break;
      case 'serviceaccounts/token':
        await this.#token(exchange, kind, info);
        break;
      case 'namespaces/finalize':
        await this.#finalize(exchange, kind, info);
        break;
      case 'pods/exec':
      case 'pods/attach':
      case 'pods/portforward':
        this.#refuseStream(kind, info);
        break;
      default:
        throw notImplemented(`${kind.plural}/${info.subresource}`);
    }
  }

  #object(kind: ServedKind, info: ResourceRequest): StoredObject {
    const { name = '' } = info;
    const namespace = kind.namespaced ? info.namespace : undefined;
    const stored = this.#context.store.get(storageOf(kind), namespace, name);
    if (!stored) throw notFound(kind, name);
    return stored;
  }

  #log(exchange: Exchange, kind: ServedKind, info: ResourceRequest): void {
    sendLog(
      exchange,
      this.#object(kind, info),
      this.#context.store,
      this.#context.podLogs,
    );
  }

  /** What a real server says where no kubelet answers; with one, streams into containers are what the sandbox does not have. */
  #refuseStream(kind: ServedKind, info: ResourceRequest): never {
    const pod = this.#object(kind, info);
    if (!pod.spec?.nodeName) {
      throw badRequest(
        `pod ${pod.metadata.name} does not have a host assigned`,
      );
    }
    throw notImplemented(
      `pods/${info.subresource}: no container runs behind its pods`,
    );
  }

  async #evict(
    exchange: Exchange,
    kind: ServedKind,
    info: ResourceRequest,
  ): Promise<void> {
    const body = await this.#body(exchange, 'Eviction');
    const pod = this.#object(kind, info);
    const { name, namespace } = pod.metadata;
    if (stringAt(body, 'metadata', 'name') !== name) {
      throw badRequest('name in URL does not match name in Eviction object');
    }
    this.#checkBudgets(pod);
    const options = body.deleteOptions;
    this.#context.deleter.delete(
      kind,
      namespace,
      name,
      exchange.user,
      deleteOptions(isObject(options) ? options : undefined, exchange.query),
    );
    const status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      code: 201,
    };
    exchange.json(201, JSON.stringify(status));
  }

  #checkBudgets(pod: StoredObject): void {
    const phase = pod.status?.phase;
    if (phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending')
      return;
    for (const budget of this.#context.store.list(
      PDB,
      pod.metadata.namespace,
    )) {
      if (!matchesLabels(budget.spec?.selector, pod.metadata.labels ?? {}))
        continue;
      if (Number(budget.status?.disruptionsAllowed ?? 0) > 0) continue;
      const message = `The disruption budget ${budget.metadata.name} needs ${
        budget.status?.desiredHealthy ?? 0
      } healthy pods and has ${budget.status?.currentHealthy ?? 0} currently`;
      throw new ApiFailure(
        429,
        'TooManyRequests',
        "Cannot evict pod as it would violate the pod's disruption budget.",
        { causes: [{ reason: 'DisruptionBudget', message }] },
      );
    }
  }

  async #bind(
    exchange: Exchange,
    kind: ServedKind,
    info: ResourceRequest,
  ): Promise<void> {
    const body = await this.#body(exchange, 'Binding');
    const pod = this.#object(kind, info);
    const nodeName = stringAt(body, 'target', 'name');
    if (!nodeName) throw badRequest('a Binding needs target.name, the node');
    this.#context.writer.overwrite(kind, pod, draft => {
      draft.spec = { ...draft.spec, nodeName };
    });
    const status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      code: 201,
    };
    exchange.json(201, JSON.stringify(status));
  }

  async #token(
    exchange: Exchange,
    kind: ServedKind,
    info: ResourceRequest,
  ): Promise<void> {
    const body = await this.#body(exchange, 'TokenRequest');
    const account = this.#object(kind, info);
    const { name, namespace } = account.metadata;
    const spec = objectAt(body, 'spec');
    const seconds = Number(spec.expirationSeconds ?? 3600);
    if (seconds < 600) {
      throw invalid(
        { group: 'authentication.k8s.io', kind: 'TokenRequest' },
        '',
        [
          {
            reason: 'FieldValueInvalid',
            message: `Invalid value: ${seconds}: may not specify a duration less than 10 minutes`,
            field: 'spec.expirationSeconds',
          },
        ],
      );
    }
    const { authenticator, writer, now } = this.#context;
    const asked = listAt(spec, 'audiences').map(String);
    const audiences =
      asked.length > 0
        ? asked
        : ['https://kubernetes.default.svc.cluster.local'];
    const expires = Math.floor(now() / 1000) + seconds;
    const time = writer.timestamp();
    const { manager } = writeOptions(
      exchange.request,
      exchange.query,
      exchange.user,
      'CreateOptions',
    );
    const apiVersion = 'authentication.k8s.io/v1';
    const entry = {
      manager,
      operation: 'Update',
      apiVersion,
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:expirationSeconds': {} } },
      subresource: 'token',
    };
    const answer = {
      kind: 'TokenRequest',
      apiVersion,
      metadata: {
        name,
        namespace,
        uid: account.metadata.uid,
        creationTimestamp: time,
        managedFields: [entry],
      },
      spec: { audiences, expirationSeconds: seconds },
      status: {
        token: authenticator.issue(account, audiences, expires),
        expirationTimestamp: `${new Date(expires * 1000)
          .toISOString()
          .slice(0, 19)}Z`,
      },
    };
    exchange.json(201, JSON.stringify(answer));
  }

  /** The finalizers in the spec of a namespace can be changed here only. */
  async #finalize(
    exchange: Exchange,
    kind: ServedKind,
    info: ResourceRequest,
  ): Promise<void> {
    const body = decodeObject(
      kind,
      await this.#body(exchange, kind.kind),
    ).object;
    const stored = this.#object(kind, info);
    const written = this.#context.writer.overwrite(kind, stored, draft => {
      draft.spec = {
        ...draft.spec,
        finalizers: listAt(body, 'spec', 'finalizers'),
      };
    });
    exchange.json(200, JSON.stringify(inVersion(written, kind)));
  }

  async #body(exchange: Exchange, kindName: string): Promise<JsonObject> {
    const { value } = parseBody(await exchange.body(), false, kindName);
    if (isObject(value)) return value;
    throw badRequest(`the body has to be a JSON object (${kindName})`);
  }
}
