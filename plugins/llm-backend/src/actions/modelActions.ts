import type { ActionOptions } from './ActionOptions';
import { callerOf } from './callers';

/** Lists models. */
export function registerListCallableModels(options: ActionOptions): void {
  const { registry, access } = options;
  registry.register({
    name: 'list-callable-models',
    title: 'List the models that I may call',
    description:
      'Lists the models that you may call, and those that you may ask for. Where `access` is `refused`, no call gets through whatever you hold, and `refused` says why. `model` is what other actions take; `modelId` is what a client puts into the body of a request.',
    attributes: { readOnly: true, idempotent: true, destructive: false },
    schema: {
      input: z => z.object({}),
      output: z =>
        z.object({
          models: z.array(
            z.object({
              model: z.string().describe('<namespace>/<name>'),
              modelId: z.string(),
              access: z.enum([
                'open',
                'granted',
                'requested',
                'on-request',
                'refused',
              ]),
              refused: z
                .string()
                .optional()
                .describe(
                  'user-blocked, no-tenant, tenant-suspended, tenant-blocked or model-blocked',
                ),
              tenant: z.string().optional(),
              until: z.string().optional().describe('ISO 8601'),
            }),
          ),
        }),
    },
    action: async ({ credentials }) => {
      const caller = await callerOf(options, credentials);
      const models = (await access.callable.list(caller)).map(
        ({ model, modelId, by, refused, tenant, pendingRequestId }) => {
          const asked =
            pendingRequestId === undefined
              ? ('on-request' as const)
              : ('requested' as const);
          const held =
            by?.kind === 'open' ? ('open' as const) : ('granted' as const);
          const accessOf = by ? held : asked;
          return {
            model,
            modelId,
            access: refused ? ('refused' as const) : accessOf,
            refused,
            tenant,
            until: by?.kind === 'grant' ? by.until : undefined,
          };
        },
      );
      return { output: { models } };
    },
  });
}

/** Asks for access. */
export function registerRequestAccess(options: ActionOptions): void {
  const { registry, access, portalUrl } = options;
  registry.register({
    name: 'request-access',
    title: 'Ask for access to a model',
    description:
      'Asks the owners of a model for access to it. A rule may approve it at once: then `state` is `approved`.',
    attributes: { readOnly: false, idempotent: false, destructive: false },
    schema: {
      input: z =>
        z.object({
          model: z.string().describe('<namespace>/<name> of the model'),
          reason: z.string().describe('What it is for: the owners read it'),
          days: z.number().int().positive().describe('For how many days'),
          tenant: z
            .string()
            .optional()
            .describe('Needed only by members of several tenants'),
          expectedLoad: z
            .string()
            .optional()
            .describe('In words, e.g. 20 requests a minute'),
          service: z
            .string()
            .optional()
            .describe('For this service of the tenant; else for yourself'),
        }),
      output: z =>
        z.object({
          id: z.string(),
          state: z.string(),
          url: z.string().describe('Where to follow it'),
        }),
    },
    action: async ({ input, credentials }) => {
      const caller = await callerOf(options, credentials);
      const { service, ...ask } = input;
      const { id, state } = await access.requests.ask(caller, {
        ...ask,
        subject: service ? { kind: 'service', ref: service } : undefined,
      });
      const url = `${portalUrl}/access/requests?request=${id}`;
      return { output: { id, state, url } };
    },
  });
}

/** Says why a call is refused. */
export function registerExplainCall(options: ActionOptions): void {
  const { registry, why } = options;
  registry.register({
    name: 'explain-call',
    title: 'Why can I not call this model?',
    description:
      'Walks from identity to network and names the one broken link, what a client is answered, who can fix it and how. Takes the id of a key (key_…), never a key.',
    attributes: { readOnly: true, idempotent: true, destructive: false },
    schema: {
      input: z =>
        z.object({
          model: z.string().describe('<namespace>/<name> of the model'),
          key: z
            .string()
            .regex(/^key_[0-9a-f]{32}$/, 'The id of a key (key_…), never a key')
            .optional(),
        }),
      output: z =>
        z.object({
          callable: z.boolean(),
          links: z.array(
            z.object({ name: z.string(), state: z.string(), text: z.string() }),
          ),
          broken: z.string().optional().describe('Name of the broken link'),
          answered: z
            .string()
            .optional()
            .describe('What a client is answered, and by whom'),
          who: z.array(z.string()).optional().describe('Who can fix it'),
          remedy: z.string().optional(),
        }),
    },
    action: async ({ input, credentials }) => {
      const caller = await callerOf(options, credentials);
      const { callable, links, broken } = await why.explain(caller, input);
      return {
        output: {
          callable,
          links,
          broken: broken?.link,
          answered:
            broken &&
            `${broken.answered.status} ${broken.answered.code} (${broken.answered.by})`,
          who: broken?.who,
          remedy: broken?.remedy,
        },
      };
    },
  });
}
