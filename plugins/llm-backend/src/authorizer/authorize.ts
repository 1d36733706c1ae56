import { modelDigest } from '../gateway/modelDigest';
import {
  blocked,
  invalidToken,
  json,
  missingCredential,
  modelNotFound,
  modelNotReady,
  unknownUrl,
  unreadable,
  wrongMethod,
} from './answers';
import {
  Caller,
  CallerOrAnswer,
  callerOfKey,
  callerOfToken,
  Grounds,
  TokenIdentity,
} from './caller';
import type { Credential } from './request/credential';
import { CREDENTIAL_HEADERS, IDENTITY_HEADERS } from './request/headers';
import { readRequestedModel } from './request/requestedModel';
import { readTarget } from './request/target';
import type { CheckAnswer, CheckQuestion, EndpointName } from './types';
import type { WorldModel } from './world';

/** What {@link authorize} goes by. */
export interface AuthorizeSettings {
  /** Host names under which the endpoints are called, without port, in lower case. */
  hosts: Record<EndpointName, string>;
  /** Refuse tokens of people who are no members of the platform (any more). */
  requireMember: boolean;
  /** What `Retry-After` says, in seconds, while a model is not ready. */
  retryAfterS: number;
}

/** A credential whose token, if it is one, has been verified: undefined where it does not hold. */
export type Shown =
  | Exclude<Credential, { kind: 'token' }>
  | { kind: 'token'; identity: TokenIdentity | undefined };

/** The answer, and who was let through or told which models there are. */
export interface Verdict {
  answer: CheckAnswer;
  /** Absent where the caller was refused. */
  caller?: Caller;
}

/**
 * Decides about one request. A pure function of the request, the index, the world and the time. Who asks is found out first, so that
 * somebody without a credential learns nothing; a model that she may not call is like one that does not exist.
 */
export function authorize(
  question: CheckQuestion,
  shown: Shown,
  grounds: Grounds,
  settings: AuthorizeSettings,
): Verdict {
  const found = whoCalls(shown, grounds, settings);
  if ('answer' in found) {
    return found;
  }
  const endpoint = endpointOf(question.host, settings);
  if (!endpoint) {
    return { answer: unknownUrl };
  }
  const target = readTarget(question.method, question.path);
  switch (target.kind) {
    case 'list-models':
      return { answer: listModels(found, endpoint, grounds), caller: found };
    case 'read-model': {
      const { modelId } = target;
      const model = callable(found, modelId, endpoint, grounds);
      if (!model) {
        return { answer: modelNotFound(modelId) };
      }
      return grounds.index.isBlocked('model', model.ref)
        ? { answer: blocked('model') }
        : { answer: json(200, describe(modelId, model)), caller: found };
    }
    case 'call': {
      const { headers, body } = question;
      const requested = readRequestedModel(headers, body, target);
      return 'problem' in requested
        ? { answer: unreadable[requested.problem] }
        : call(found, requested.modelId, { endpoint, grounds, settings });
    }
    case 'wrong-method':
      return { answer: wrongMethod(target.allowed) };
    default:
      return { answer: unknownUrl };
  }
}

function whoCalls(
  shown: Shown,
  grounds: Grounds,
  settings: AuthorizeSettings,
): CallerOrAnswer {
  switch (shown.kind) {
    case 'key':
      return callerOfKey(shown.hash, grounds);
    case 'token':
      return shown.identity
        ? callerOfToken(shown.identity, grounds, settings)
        : { answer: invalidToken };
    default:
      return { answer: missingCredential };
  }
}

/** The endpoint that a client called. A host that is none of them is refused: its routes are not ours. */
function endpointOf(
  host: string,
  { hosts }: AuthorizeSettings,
): EndpointName | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (name === hosts.external) {
    return 'external';
  }
  return name === hosts.internal ? 'internal' : undefined;
}

/** The model with an id, if it is exposed at the endpoint and the caller may call it. */
function callable(
  caller: Caller,
  modelId: string,
  endpoint: EndpointName,
  { world }: Grounds,
): WorldModel | undefined {
  const model = world.model(modelId);
  return model &&
    model.reach(modelId, endpoint) !== 'disabled' &&
    caller.mayCall(model)
    ? model
    : undefined;
}

function call(
  caller: Caller,
  modelId: string,
  context: {
    endpoint: EndpointName;
    grounds: Grounds;
    settings: AuthorizeSettings;
  },
): Verdict {
  const { endpoint, grounds, settings } = context;
  const model = callable(caller, modelId, endpoint, grounds);
  if (!model) {
    return { answer: modelNotFound(modelId) };
  }
  if (grounds.index.isBlocked('model', model.ref)) {
    return { answer: blocked('model') };
  }
  if (model.reach(modelId, endpoint) !== 'ready') {
    return { answer: modelNotReady(modelId, settings.retryAfterS) };
  }
  return {
    answer: {
      pass: true,
      headers: {
        [IDENTITY_HEADERS.tenant]: caller.tenant,
        [IDENTITY_HEADERS.key]: caller.keyId,
        [IDENTITY_HEADERS.owner]: caller.owner,
        [IDENTITY_HEADERS.model]: modelDigest(modelId),
      },
      remove: CREDENTIAL_HEADERS,
    },
    caller,
  };
}

/** What the caller may call at the endpoint, ready or not, and nothing that is blocked, as OpenAI's `GET /v1/models` has it. */
function listModels(
  caller: Caller,
  endpoint: EndpointName,
  grounds: Grounds,
): CheckAnswer {
  const data = [];
  for (const candidate of caller.candidates()) {
    if (grounds.index.isBlocked('model', candidate.ref)) {
      continue;
    }
    for (const id of candidate.ids) {
      const model = callable(caller, id, endpoint, grounds);
      if (model === candidate) {
        data.push(describe(id, model));
      }
    }
  }
  data.sort((a, b) => (a.id < b.id ? -1 : 1));
  return json(200, { object: 'list', data });
}

function describe(id: string, { createdMs }: WorldModel) {
  return {
    id,
    object: 'model',
    created: Math.floor(createdMs / 1000),
    owned_by: 'slipway',
  };
}
