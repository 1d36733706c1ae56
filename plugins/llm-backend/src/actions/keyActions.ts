import type { ActionOptions } from './ActionOptions';
import { callerOf } from './callers';

/** Prepares a key, which its person claims. */
export function registerCreateKey(options: ActionOptions): void {
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
}

/** Ends a key. */
export function registerRevokeKey(options: ActionOptions): void {
  const { registry, access } = options;
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
