import type {
  BackstageCredentials,
  BackstageUserPrincipal,
} from '@backstage/backend-plugin-api';
import type { WhyAnswer } from '@slipway/plugin-llm-common';
import { z } from 'zod';
import type { WhyCaller, WhyService } from '../why';
import { Route, routesFor } from './route';
import { textUpTo } from './text';

/** Finds out who asks. */
export interface WhyCallers {
  caller(
    credentials: BackstageCredentials<BackstageUserPrincipal>,
  ): Promise<WhyCaller>;
}

const route = routesFor<WhyCaller>();

const linkName = z.enum([
  'identity',
  'grant',
  'key',
  'limit',
  'phase',
  'route',
  'endpoints',
  'network',
]);

const whyAnswer = z.strictObject({
  model: z.string(),
  modelId: z.string(),
  keyId: z.string().optional(),
  callable: z.boolean(),
  links: z.array(
    z.strictObject({
      name: linkName,
      state: z.enum(['ok', 'broken', 'ahead', 'warning', 'unknown']),
      text: z.string(),
    }),
  ),
  broken: z
    .strictObject({
      link: linkName,
      answered: z.strictObject({
        status: z.number(),
        code: z.string(),
        by: z.string(),
      }),
      who: z.array(z.string()),
      remedy: z.string(),
      action: z
        .discriminatedUnion('kind', [
          z.strictObject({
            kind: z.literal('ask-for-access'),
            model: z.string(),
            tenant: z.string().optional(),
            service: z.string().optional(),
          }),
          z.strictObject({ kind: z.literal('create-key'), model: z.string() }),
          z.strictObject({ kind: z.literal('open-model'), model: z.string() }),
        ])
        .optional(),
    })
    .optional(),
}) satisfies z.ZodType<WhyAnswer>;

const whyQuery = z.strictObject({
  model: textUpTo(507, 'needed: <namespace>/<name> of a model').regex(
    /^[^/\s]+\/[^/\s]+$/,
    { error: '<namespace>/<name> of a model' },
  ),
  key: z
    .string()
    .regex(/^key_[0-9a-f]{32}$/, {
      error: 'the id of a key (key_…), never the key itself',
    })
    .optional(),
});

/** The route that says why a call is refused. */
export function whyRoutes(
  why: Pick<WhyService, 'explain'>,
): Route<WhyCaller>[] {
  return [
    route({
      method: 'get',
      path: '/v1/why',
      operationId: 'ExplainCall',
      description:
        'Why a call to a model is refused: walks from identity to network and names the one broken link, what the client is answered, who can fix it and how. With the id of a key the key is judged, else a token of yours.',
      query: whyQuery,
      answer: whyAnswer,
      handle: async ({ caller, query }) => why.explain(caller, query),
    }),
  ];
}
