import type { AuthService } from '@backstage/backend-plugin-api';
import type { ActionsRegistryService } from '@backstage/backend-plugin-api/alpha';
import type { AccessService } from '../access';
import type { WhyCallers } from '../http/why';
import type { WhyService } from '../why';
import { callerOf } from './callers';

/** What the actions need. */
export interface ActionOptions {
  registry: ActionsRegistryService;
  auth: AuthService;
  callers: WhyCallers;
  access: AccessService;
  why: Pick<WhyService, 'explain'>;
  /** Base URL of the portal, without a slash at the end. */
  portalUrl: string;
}

/**
 * What agents may do about access, in the name of the person who sends them (Backstage actions, also served as MCP tools). None of them
 * ever returns a key.
 */
export function registerActions(options: ActionOptions): void {
  registerModelActions(options);
  registerKeyActions(options);
}

function registerModelActions(options: ActionOptions): void {
  const { registry, access, why, portalUrl } = options;
  registry.register({
    name: 'list-callable-models',
    title: 'List the models that I may call',
    description:
      'Lists the models that you may call, and those that you may ask for. `model` is what other actions take; `modelId` is what a client puts into the body of a request.',
    attributes: { readOnly: true, idempotent: true, destructive: false },
    schema: {
      input: z => z.object({}),
      output: z =>
        z.object({
          models: z.array(
            z.object({
              model: z.string().describe('<namespace>/<name>'),
              modelId: z.string(),
              access: z.enum(['open', 'granted', 'requested', 'on-request']),
              tenant: z.string().optional(),
              until: z.string().optional().describe('ISO 8601'),
            }),
          ),
        }),
    },
    action: async ({ credentials }) => {
      const caller = await callerOf(options, credentials);
      const models = (await access.callable.list(caller)).map(
        ({ model, modelId, by, tenant, pendingRequestId }) => {
          const asked =
            pendingRequestId === undefined
              ? ('on-request' as const)
              : ('requested' as const);
          const held =
            by?.kind === 'open' ? ('open' as const) : ('granted' as const);
          return {
            model,
            modelId,
            access: by ? held : asked,
            tenant,
            until: by?.kind === 'grant' ? by.until : undefined,
          };
        },
      );
      return { output: { models } };
    },
  });

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

function registerKeyActions(options: ActionOptions): void {
  const { registry, access, portalUrl } = options;
  registry.register({
    name: 'create-key',
    title: 'Create an API key',
    description:
      'Prepares an API key and returns a link. The key is issued and shown once when you open the link, signed in as yourself, within 10 minutes; this action never returns a key.',
    attributes: { readOnly: false, idempotent: false, destructive: false },
    schema: {
      input: z =>
        z.object({
          name: z.string().describe('By which you tell it from others'),
          models: z
            .array(z.string())
            .min(1)
            .describe('Models that it may call, each <namespace>/<name>'),
          tenant: z
            .string()
            .optional()
            .describe('Needed only by members of several tenants'),
          service: z
            .string()
            .optional()
            .describe('Makes it a key of this service of the tenant'),
          days: z.number().int().positive().optional().describe('Its life'),
        }),
      output: z =>
        z.object({
          url: z.string().describe('Open it to get the key'),
          expiresAt: z.string().describe('ISO 8601'),
        }),
    },
    action: async ({ input, credentials }) => {
      const caller = await callerOf(options, credentials);
      const { id, expiresAt } = await access.claims.make(caller, input);
      return { output: { url: `${portalUrl}/access/claims/${id}`, expiresAt } };
    },
  });

  registry.register({
    name: 'revoke-key',
    title: 'Revoke an API key',
    description:
      'Ends one of your keys for good; whatever uses it is refused at once. Takes the id of a key (key_…), never a key.',
    attributes: { readOnly: false, idempotent: true, destructive: true },
    schema: {
      input: z =>
        z.object({
          key: z
            .string()
            .regex(
              /^key_[0-9a-f]{32}$/,
              'The id of a key (key_…), never a key',
            ),
          leaked: z
            .boolean()
            .optional()
            .describe('Whether somebody else got to know it'),
        }),
      output: z => z.object({ id: z.string(), name: z.string() }),
    },
    action: async ({ input, credentials }) => {
      const caller = await callerOf(options, credentials);
      const { id, name } = await access.keys.revoke(
        caller,
        input.key,
        input.leaked ? 'leaked' : 'revoked',
      );
      return { output: { id, name } };
    },
  });
}
