import type { GrantStepOutcome } from '@slipway/plugin-llm-common';
import type { AccessCaller, AccessService } from '../../access';
import { Route, routesFor } from '../route';
import { exportGrants } from './exportGrants';
import { forEach } from './forEach';
import {
  grantStepOutcomes,
  grantSummary,
  pageOf,
  requestSummary,
} from './answers';
import {
  commentBody,
  daysBody,
  emptyBody,
  exportQuery,
  giveBody,
  grantQuery,
  grantStepsBody,
  idParams,
  renewBody,
} from './asks';

const route = routesFor<AccessCaller>();

/** Routes about grants: who has access, and for how long. */
export function grantRoutes(access: AccessService): Route<AccessCaller>[] {
  const { grants, requests, summaries } = access;
  return [
    route({
      method: 'get',
      path: '/v1/grants',
      operationId: 'ListGrants',
      description:
        'A page of the grants that you may see, newest first; with `due` those that an owner is to confirm within two weeks.',
      query: grantQuery,
      answer: pageOf(grantSummary),
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        const page = { limit, cursor };
        return summaries.grants(
          caller,
          await grants.list(caller, filter, page),
        );
      },
    }),
    route({
      method: 'get',
      path: '/v1/grants/export',
      operationId: 'ExportGrants',
      description:
        'The grants that you may see as CSV, at most 50,000 of them.',
      query: exportQuery,
      answer: 'text/csv',
      handle: async ({ caller, query }) => exportGrants(access, caller, query),
    }),
    route({
      method: 'post',
      path: '/v1/grants',
      operationId: 'GiveGrant',
      description: 'Gives access to a model that you own, without a request.',
      body: giveBody,
      answer: grantSummary,
      handle: async ({ caller, body, idempotencyKey }) =>
        summaries.grant(
          caller,
          await grants.give(caller, body, { idempotencyKey }),
        ),
    }),
    route({
      method: 'post',
      path: '/v1/grants/{id}/extend',
      operationId: 'ExtendGrant',
      description: 'Lets a grant go on for so many days from now.',
      params: idParams,
      body: daysBody,
      answer: grantSummary,
      handle: async ({ caller, params, body, idempotencyKey }) =>
        summaries.grant(
          caller,
          await grants.extend(caller, params.id, body.days, { idempotencyKey }),
        ),
    }),
    route({
      method: 'post',
      path: '/v1/grants/{id}/renew',
      operationId: 'RenewGrant',
      description: 'Asks for a grant of yours to go on.',
      params: idParams,
      body: renewBody,
      answer: requestSummary,
      handle: async ({ caller, params, body, idempotencyKey }) =>
        summaries.request(
          caller,
          await requests.renew(caller, params.id, body, { idempotencyKey }),
        ),
    }),
    route({
      method: 'post',
      path: '/v1/grants/{id}/recertify',
      operationId: 'RecertifyGrant',
      description: 'Confirms that a grant is still needed.',
      params: idParams,
      body: emptyBody,
      answer: grantSummary,
      handle: async ({ caller, params, idempotencyKey }) =>
        summaries.grant(
          caller,
          await grants.recertify(caller, params.id, { idempotencyKey }),
        ),
    }),
    route({
      method: 'post',
      path: '/v1/grants/{id}/revoke',
      operationId: 'RevokeGrant',
      description: 'Ends a grant, and the keys that hang off it.',
      params: idParams,
      body: commentBody,
      answer: grantSummary,
      handle: async ({ caller, params, body, idempotencyKey }) =>
        summaries.grant(
          caller,
          await grants.revoke(caller, params.id, { ...body, idempotencyKey }),
        ),
    }),
    route({
      method: 'post',
      path: '/v1/grant-steps',
      operationId: 'TakeGrantSteps',
      description:
        'Confirms or ends many grants; each succeeds or fails alone.',
      body: grantStepsBody,
      answer: grantStepOutcomes,
      handle: async ({ caller, body, idempotencyKey }) => {
        const { ids, step, comment } = body;
        const outcomes = await forEach(
          ids,
          idempotencyKey,
          async (id, retriable): Promise<GrantStepOutcome> => {
            const grant =
              step === 'recertify'
                ? await grants.recertify(caller, id, retriable)
                : await grants.revoke(caller, id, { ...retriable, comment });
            return {
              id,
              ok: true,
              grant: await summaries.grant(caller, grant),
            };
          },
        );
        return { outcomes };
      },
    }),
  ];
}
