import type { RequestStepOutcome } from '@slipway/plugin-llm-common';
import { stringify } from 'yaml';
import type { AccessCaller, AccessService, Consequences } from '../../access';
import { Route, routesFor } from '../route';
import { pageOf, requestDetail, requestSummary, stepOutcomes } from './answers';
import {
  askBody,
  askForModelBody,
  emptyBody,
  idParams,
  requestQuery,
  stepBody,
  stepsBody,
} from './asks';
import { forEach } from './forEach';

const route = routesFor<AccessCaller>();

/** Routes about requests: to ask, to look, to decide. */
export function requestRoutes(
  access: AccessService,
  consequences: Consequences,
): Route<AccessCaller>[] {
  const { newModels, requests, summaries } = access;
  return [
    route({
      method: 'post',
      path: '/v1/requests',
      operationId: 'AskForAccess',
      description:
        'Asks for access to a model: for yourself, for a group of yours or for a service. A rule may approve it at once.',
      body: askBody,
      answer: requestSummary,
      handle: async ({ caller, body, idempotencyKey }) =>
        summaries.request(
          caller,
          await requests.ask(caller, body, { idempotencyKey }),
        ),
    }),
    route({
      method: 'post',
      path: '/v1/model-requests',
      operationId: 'AskForModel',
      description:
        'Asks for a model that is not served yet. An admin decides; once approved the model is made, owned by you.',
      body: askForModelBody,
      answer: requestSummary,
      handle: async ({ caller, body, idempotencyKey }) =>
        summaries.request(
          caller,
          await newModels.ask(caller, body, { idempotencyKey }),
        ),
    }),
    route({
      method: 'get',
      path: '/v1/requests',
      operationId: 'ListRequests',
      description: 'A page of the requests that you may see, newest first.',
      query: requestQuery,
      answer: pageOf(requestSummary),
      handle: async ({ caller, query }) => {
        const { limit, cursor, state, ...filter } = query;
        const states = state && [state];
        const page = { limit, cursor };
        return summaries.requests(
          caller,
          await requests.list(caller, { ...filter, states }, page),
        );
      },
    }),
    route({
      method: 'get',
      path: '/v1/requests/{id}',
      operationId: 'GetRequest',
      description: 'A request, what was said about it, and what a yes means.',
      params: idParams,
      answer: requestDetail,
      handle: async ({ caller, params }) => {
        const found = await requests.get(caller, params.id);
        const { comments, newModel, ...request } = found;
        return {
          ...(await summaries.request(caller, request)),
          comments,
          newModel: newModel && {
            manifest: stringify(newModel.manifest),
            appliedAt: newModel.appliedAt,
            problem: newModel.problem,
          },
          consequences: await consequences.of(caller, found),
        };
      },
    }),
    route({
      method: 'post',
      path: '/v1/requests/{id}/steps',
      operationId: 'TakeRequestStep',
      description:
        'Approves, rejects, asks back, answers or withdraws. `days` only with an approval, for fewer days than were asked for.',
      params: idParams,
      body: stepBody,
      answer: requestSummary,
      handle: async ({ caller, params, body, idempotencyKey }) =>
        summaries.request(
          caller,
          await requests.decide(caller, params.id, body, { idempotencyKey }),
        ),
    }),
    route({
      method: 'post',
      path: '/v1/requests/{id}/retry',
      operationId: 'RetryNewModel',
      description:
        'For admins: has an approved model that stopped or fails tried again at once; after a pull request that was closed, as a new one.',
      params: idParams,
      body: emptyBody,
      answer: requestSummary,
      handle: async ({ caller, params }) =>
        summaries.request(caller, await newModels.retry(caller, params.id)),
    }),
    route({
      method: 'post',
      path: '/v1/request-steps',
      operationId: 'TakeRequestSteps',
      description:
        'The same step for many requests; each succeeds or fails alone.',
      body: stepsBody,
      answer: stepOutcomes,
      handle: async ({ caller, body, idempotencyKey }) => {
        const { ids, ...taken } = body;
        const outcomes = await forEach(
          ids,
          idempotencyKey,
          async (id, retriable): Promise<RequestStepOutcome> => ({
            id,
            ok: true,
            request: await summaries.request(
              caller,
              await requests.decide(caller, id, taken, retriable),
            ),
          }),
        );
        return { outcomes };
      },
    }),
  ];
}
