import type { AccessCaller, AccessService, IssuedKey } from '../../access';
import { Route, routesFor } from '../route';
import { issuedKey, keySummary, pageOf } from './answers';
import {
  emptyBody,
  idParams,
  importBody,
  issueBody,
  keyQuery,
  rotateBody,
} from './asks';

const route = routesFor<AccessCaller>();

/** Routes about keys. */
export function keyRoutes(access: AccessService): Route<AccessCaller>[] {
  const { keys, summaries } = access;
  const told = async (caller: AccessCaller, { key, secret }: IssuedKey) => ({
    key: await summaries.key(caller, key),
    secret,
  });
  return [
    route({
      method: 'get',
      path: '/v1/keys',
      operationId: 'ListKeys',
      description: 'A page of the keys that you may see, newest first.',
      query: keyQuery,
      answer: pageOf(keySummary),
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return summaries.keys(
          caller,
          await keys.list(caller, filter, { limit, cursor }),
        );
      },
    }),
    route({
      method: 'post',
      path: '/v1/keys',
      operationId: 'IssueKey',
      description:
        'Issues a key. The secret is in this answer and nowhere else, ever.',
      body: issueBody,
      answer: issuedKey,
      secret: true,
      handle: async ({ caller, body, idempotencyKey }) =>
        told(caller, await keys.issue(caller, body, { idempotencyKey })),
    }),
    route({
      method: 'post',
      path: '/v1/keys/import',
      operationId: 'ImportKey',
      description:
        'Takes over a key that another system made (`sk-…`). For platform admins.',
      body: importBody,
      answer: keySummary,
      secret: true,
      handle: async ({ caller, body, idempotencyKey }) =>
        summaries.key(
          caller,
          await keys.import(caller, body, { idempotencyKey }),
        ),
    }),
    route({
      method: 'post',
      path: '/v1/keys/{id}/rotate',
      operationId: 'RotateKey',
      description:
        'Issues a successor; the old key works on for the overlap. The secret is in this answer and nowhere else, ever.',
      params: idParams,
      body: rotateBody,
      answer: issuedKey,
      secret: true,
      handle: async ({ caller, params, body, idempotencyKey }) =>
        told(
          caller,
          await keys.rotate(caller, params.id, body, { idempotencyKey }),
        ),
    }),
    route({
      method: 'post',
      path: '/v1/keys/{id}/revoke',
      operationId: 'RevokeKey',
      description: 'Ends a key for good.',
      params: idParams,
      body: emptyBody,
      answer: keySummary,
      withoutCluster: true,
      handle: async ({ caller, params, idempotencyKey }) =>
        summaries.key(
          caller,
          await keys.revoke(caller, params.id, 'revoked', { idempotencyKey }),
        ),
    }),
    route({
      method: 'post',
      path: '/v1/keys/{id}/leaked',
      operationId: 'ReportLeakedKey',
      description: 'Ends a key because somebody else got to know it.',
      params: idParams,
      body: emptyBody,
      answer: keySummary,
      withoutCluster: true,
      handle: async ({ caller, params, idempotencyKey }) =>
        summaries.key(
          caller,
          await keys.revoke(caller, params.id, 'leaked', { idempotencyKey }),
        ),
    }),
    route({
      method: 'post',
      path: '/v1/keys/{id}/keep',
      operationId: 'KeepKey',
      description: 'Says that a key is to stay although nobody uses it.',
      params: idParams,
      body: emptyBody,
      answer: keySummary,
      handle: async ({ caller, params, idempotencyKey }) =>
        summaries.key(
          caller,
          await keys.keep(caller, params.id, { idempotencyKey }),
        ),
    }),
  ];
}
