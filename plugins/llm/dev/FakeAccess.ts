import {
  AccessRuleSummary,
  AuditEntry,
  BlockSummary,
  CallJudge,
  CallableModel,
  GrantSummary,
  KeyClaimSummary,
  KeySummary,
  RequestDetail,
  RequestStepName,
  ServiceAccess,
  TenantSummary,
  WhyAnswer,
} from '@slipway/plugin-llm-common';
import { FakeAnswer, failure, json, text } from './fakeAnswers';

/** A change that a page asked for. */
export interface FakeChange {
  method: string;
  path: string;
  body: Record<string, unknown>;
  idempotencyKey?: string;
}

const DAY_MS = 86_400_000;

const decided: Partial<Record<RequestStepName, RequestDetail['state']>> = {
  approve: 'approved',
  reject: 'rejected',
  withdraw: 'withdrawn',
};

/** What a yes means where nothing is known. */
export const noConsequences: RequestDetail['consequences'] = {
  grantsByTenant: [],
  otherGrants: 0,
  openTo: { everyone: false, groups: [] },
  gpus: { type: 'nvidia', ofModel: 0 },
  replicas: { ready: 0, desired: 0 },
  checks: [],
  deciders: [],
};

/** The access part of the backend's HTTP contract, over lists in memory, for one person. */
export class FakeAccess {
  me = 'user:default/mara';
  tenants: TenantSummary[] = [
    {
      name: 'apps',
      displayName: 'Apps',
      state: 'active',
      owners: ['user:default/jonas'],
      memberGroups: ['llm'],
      myRole: 'member',
      isMember: true,
    },
  ];
  /** Who judges calls at the gateway. */
  judge: CallJudge = 'authorizer';
  /** Whether the kill switch stops {@link me}. */
  isBlocked = false;
  models: CallableModel[] = [];
  services: ServiceAccess[] = [];
  /** Of every tenant. */
  members: string[] = [];
  audit: AuditEntry[] = [];
  rules: AccessRuleSummary[] = [];
  requests: RequestDetail[] = [];
  grants: GrantSummary[] = [];
  keys: KeySummary[] = [];
  blocks: BlockSummary[] = [];
  claims: KeyClaimSummary[] = [];
  why: WhyAnswer | undefined;
  /** The rule that approves every request, if there is one. */
  approves: string | undefined;
  /** The secret of the next key. */
  secret: string | undefined = 'sk-slw-EXAMPLE-not-a-real-key';
  /** Changes, in the order in which they came. */
  readonly changes: FakeChange[] = [];
  /** Answers the next change, instead of doing it. */
  refusal: FakeAnswer | undefined;

  /** Answers a path below `/api/llm`, or nothing when it is not about access. */
  handle(method: string, url: URL, change: FakeChange): FakeAnswer | undefined {
    const parts = url.pathname.split('/').filter(Boolean).slice(1);
    if (method === 'GET') {
      return this.#read(parts.map(decodeURIComponent), url.searchParams);
    }
    this.changes.push(change);
    if (this.refusal) {
      const { refusal } = this;
      this.refusal = undefined;
      return refusal;
    }
    return this.#change(parts.map(decodeURIComponent), change.body);
  }

  #read(parts: string[], params: URLSearchParams): FakeAnswer | undefined {
    const [kind, id] = parts;
    const inState = <T extends GrantSummary | KeySummary>(rows: T[]) =>
      rows.filter(row => {
        const state = row.standing.state === 'ended' ? 'ended' : 'active';
        const wanted = params.get('state');
        return !wanted || wanted === state;
      });
    switch (kind) {
      case 'tenants':
        return id
          ? json({
              items: this.members.map(userEntityRef => ({ userEntityRef })),
              isComplete: true,
            })
          : json({
              items: this.tenants,
              isBlocked: this.isBlocked,
              judge: this.judge,
            });
      case 'audit':
        return json({
          items: this.audit.filter(
            ({ objectId }) =>
              !params.get('object') || objectId === params.get('object'),
          ),
        });
      case 'rules':
        return json({ items: this.rules });
      case 'blocks':
        return json({ items: this.blocks });
      case 'access':
        return json({ items: this.models, services: this.services });
      case 'key-claims':
        return one(this.claims, id);
      case 'why':
        return this.why ? json(this.why) : failure(404, 'No such model');
      case 'requests':
        return id
          ? one(this.requests, id)
          : json({ items: this.#requestsOf(params) });
      case 'grants': {
        const rows = inState(this.grants).filter(
          grant =>
            (!params.get('model') || grant.model === params.get('model')) &&
            (!params.get('tenant') || grant.tenant === params.get('tenant')) &&
            (params.get('scope') !== 'mine' || grant.requestedBy === this.me) &&
            (!params.get('due') || grant.confirmBy !== undefined),
        );
        return id === 'export'
          ? text(`subject,model\n${rows.map(row => row.id).join('\n')}`)
          : json({ items: rows });
      }
      case 'keys':
        return json({ items: inState(this.keys) });
      default:
        return undefined;
    }
  }

  #requestsOf(params: URLSearchParams): RequestDetail[] {
    const scope = params.get('scope');
    const isMine = (request: RequestDetail) => request.requester === this.me;
    return this.requests.filter(request => {
      if (scope === 'mine' && !isMine(request)) {
        return false;
      }
      if (scope === 'to-decide') {
        return !isMine(request) && request.state === 'pending';
      }
      if (scope === 'decided') {
        return !isMine(request) && request.state !== 'pending';
      }
      return !params.get('state') || request.state === params.get('state');
    });
  }

  #change(
    [kind, id, verb]: string[],
    body: Record<string, unknown>,
  ): FakeAnswer | undefined {
    if (kind === 'requests' && verb === 'steps') {
      return this.#step(id, body);
    }
    if (kind === 'requests' && verb === 'retry') {
      this.requests = this.requests.map(request =>
        request.id === id
          ? { ...request, progress: { state: 'making', mayRetry: false } }
          : request,
      );
      return one(this.requests, id);
    }
    if (kind === 'request-steps') {
      const ids = Array.isArray(body.ids) ? body.ids.map(String) : [];
      return json({
        outcomes: ids.map(each => {
          const answer = this.#step(each, body);
          const parsed = JSON.parse(answer.body);
          return answer.status === 200
            ? { id: each, ok: true, request: parsed }
            : { id: each, ok: false, error: parsed.error };
        }),
      });
    }
    if (kind === 'requests') {
      return this.#ask(body);
    }
    if (kind === 'key-claims') {
      const claim = this.claims.find(each => each.id === id);
      this.claims = this.claims.map(each => ({ ...each, keyId: 'key-9' }));
      return this.#issue({
        name: claim?.name,
        models: claim?.models.map(({ model }) => model),
      });
    }
    if (kind === 'grant-steps') {
      const ids = Array.isArray(body.ids) ? body.ids.map(String) : [];
      return json({ outcomes: ids.map(each => this.#grantStep(each, body)) });
    }
    if (kind === 'keys' && id === 'import') {
      return json(JSON.parse(this.#issue(body).body).key);
    }
    if (kind === 'keys' && (!id || verb === 'rotate')) {
      return this.#issue(body, id);
    }
    if (kind === 'keys' && verb !== 'keep') {
      return this.#end(this.keys, id, verb === 'leaked' ? 'leaked' : 'revoked');
    }
    if (kind === 'grants' && verb === 'revoke') {
      return this.#end(this.grants, id, 'revoked');
    }
    if (kind === 'grants' && verb === 'extend') {
      this.grants = this.grants.map(grant =>
        grant.id === id
          ? { ...grant, expiresAt: inDays(Number(body.days)) }
          : grant,
      );
      return one(this.grants, id);
    }
    if (kind === 'grants' && verb === 'renew') {
      const grant = this.grants.find(each => each.id === id);
      return this.#ask({ ...body, model: grant?.model });
    }
    if (kind === 'blocks' && id) {
      this.blocks = this.blocks.filter(block => block.id !== id);
      return json({});
    }
    if (kind === 'blocks') {
      const block: BlockSummary = {
        id: `block-${this.blocks.length + 1}`,
        target: body.target === 'user' ? 'user' : 'key',
        ref: String(body.ref),
        reason: String(body.reason),
        by: this.me,
        at: new Date().toISOString(),
      };
      this.blocks = [...this.blocks, block];
      return json(block);
    }
    return json(kind === 'keys' ? this.keys[0] : this.grants[0]);
  }

  #grantStep(id: string, body: Record<string, unknown>) {
    const grant = this.grants.find(each => each.id === id);
    if (!grant?.myActions.includes('recertify')) {
      const error = { name: 'NotAllowedError', message: `Not yours: ${id}.` };
      return { id, ok: false, error };
    }
    if (body.step === 'revoke') {
      this.#end(this.grants, id, 'revoked');
    }
    grant.recertifiedAt = new Date().toISOString();
    grant.confirmBy = undefined;
    return { id, ok: true, grant };
  }

  #step(id: string, body: Record<string, unknown>): FakeAnswer {
    const request = this.requests.find(each => each.id === id);
    if (!request) {
      return failure(404, `There is no request ${id} that you may see.`);
    }
    if (request.state !== 'pending') {
      return failure(
        409,
        `Request ${id} is ${request.state} since ${request.decidedAt}, by ${request.decidedBy}.`,
        'ConflictError',
      );
    }
    const step = String(body.step);
    const state = Object.entries(decided).find(([name]) => name === step)?.[1];
    const after: RequestDetail = {
      ...request,
      ...(state
        ? {
            state,
            decidedBy: this.me,
            decidedAt: new Date().toISOString(),
            mySteps: [],
          }
        : { waitsFor: step === 'answer' ? 'approvers' : 'requester' }),
    };
    this.requests = this.requests.map(each => (each.id === id ? after : each));
    return json(after);
  }

  #ask(body: Record<string, unknown>): FakeAnswer {
    const request: RequestDetail = {
      id: `request-${this.requests.length + 1}`,
      tenant: String(body.tenant ?? this.tenants[0]?.name),
      model: String(body.model),
      requester: this.me,
      subject: subjectOf(body.subject) ?? { kind: 'user', ref: this.me },
      reason: String(body.reason),
      days: Number(body.days),
      state: this.approves ? 'approved' : 'pending',
      rule: this.approves,
      waitsFor: 'approvers',
      createdAt: new Date().toISOString(),
      expiresAt: inDays(14),
      mySteps: ['withdraw'],
      comments: [],
      consequences: noConsequences,
    };
    this.requests = [request, ...this.requests];
    return json(request);
  }

  #issue(body: Record<string, unknown>, oldId?: string): FakeAnswer {
    const old = this.keys.find(({ id }) => id === oldId);
    const models = Array.isArray(body.models) ? body.models.map(String) : [];
    const key: KeySummary = {
      id: `key-${this.keys.length + 1}`,
      display: 'sk-slw-EXAM',
      name: String(body.name ?? old?.name),
      tenant: String(body.tenant ?? this.tenants[0]?.name),
      owner: this.me,
      models: old?.models ?? models.map(model => ({ model })),
      standing: { state: 'valid' },
      createdAt: new Date().toISOString(),
      expiresAt: inDays(Number(body.days ?? 90)),
      myActions: ['rotate', 'revoke', 'leaked', 'keep'],
    };
    this.keys = [key, ...this.keys];
    return json({ key, secret: this.secret });
  }

  #end(
    rows: Array<GrantSummary | KeySummary>,
    id: string,
    because: 'revoked' | 'leaked',
  ): FakeAnswer {
    const row = rows.find(each => each.id === id);
    if (!row) {
      return failure(404, `There is no ${id} that you may see.`);
    }
    row.standing = { state: 'ended', because };
    row.myActions = [];
    return json(row);
  }
}

function one<T extends { id: string }>(rows: T[], id: string): FakeAnswer {
  const row = rows.find(each => each.id === id);
  return row
    ? json(row)
    : failure(404, `There is no request ${id} that you may see.`);
}

function subjectOf(subject: unknown): RequestDetail['subject'] | undefined {
  const isService =
    typeof subject === 'object' &&
    subject !== null &&
    'kind' in subject &&
    'ref' in subject &&
    subject.kind === 'service';
  return isService ? { kind: 'service', ref: String(subject.ref) } : undefined;
}

function inDays(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString();
}
