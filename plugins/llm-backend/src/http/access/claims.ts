import type { KeyClaimSummary } from '@slipway/plugin-llm-common';
import { z } from 'zod';
import type { AccessCaller, AccessService } from '../../access';
import { Route, routesFor } from '../route';
import { issuedKey } from './answers';
import { emptyBody, idParams } from './asks';

const route = routesFor<AccessCaller>();

const keyClaim = z.strictObject({
  id: z.string(),
  name: z.string(),
  models: z.array(
    z.strictObject({ model: z.string(), modelId: z.string().optional() }),
  ),
  tenant: z.string().optional(),
  service: z.string().optional(),
  backupOwner: z.string().optional(),
  days: z.number().optional(),
  keyId: z.string().optional(),
  createdAt: z.string(),
  expiresAt: z.string(),
}) satisfies z.ZodType<KeyClaimSummary>;

/** Routes about keys that an agent asked for and that their owner claims. */
export function claimRoutes(access: AccessService): Route<AccessCaller>[] {
  const { claims, summaries } = access;
  return [
    route({
      method: 'get',
      path: '/v1/key-claims/{id}',
      operationId: 'GetKeyClaim',
      description: 'A key that an agent asked for in your name.',
      params: idParams,
      answer: keyClaim,
      handle: async ({ caller, params }) =>
        summaries.claim(await claims.get(caller, params.id)),
    }),
    route({
      method: 'post',
      path: '/v1/key-claims/{id}/claim',
      operationId: 'ClaimKey',
      description:
        'Issues that key, once. The secret is in this answer and nowhere else, ever.',
      params: idParams,
      body: emptyBody,
      answer: issuedKey,
      secret: true,
      handle: async ({ caller, params }) => {
        const { key, secret } = await claims.use(caller, params.id);
        return { key: await summaries.key(caller, key), secret };
      },
    }),
  ];
}
