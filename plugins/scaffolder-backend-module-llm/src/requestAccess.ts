import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import { InputError } from '@backstage/errors';
import type { CatalogService } from '@backstage/plugin-catalog-node';
import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { MODEL_ANNOTATION } from '@slipway/plugin-llm-common';
import type { LlmRequests } from './LlmRequests';

/** Asks for access to a model. */
export function createRequestAccessAction(options: {
  requests: Pick<LlmRequests, 'make'>;
  catalog: Pick<CatalogService, 'getEntityByRef'>;
}) {
  return createTemplateAction({
    id: 'llm:request-access',
    description:
      'Asks for access to a model, in the name of who runs the template. A rule may approve it at once.',
    schema: {
      input: {
        model: z =>
          z
            .string()
            .describe(
              'Entity ref of the model, or <namespace>/<name> of its custom resource',
            ),
        reason: z => z.string().describe('What it is for: the owners read it'),
        days: z => z.number().describe('For how many days'),
        tenant: z =>
          z
            .string()
            .optional()
            .describe('Needed only by members of several tenants'),
        expectedLoad: z =>
          z.string().optional().describe('In words, e.g. 20 requests a minute'),
        service: z =>
          z
            .string()
            .optional()
            .describe('For this service of the tenant; else for yourself'),
      },
      output: {
        id: z => z.string().describe('Id of the request'),
        state: z => z.string().describe('approved where a rule said yes'),
        link: z => z.string().describe('Where to follow it'),
      },
    },
    async handler(ctx) {
      const credentials = await ctx.getInitiatorCredentials();
      const { model, reason, days, tenant, expectedLoad, service } = ctx.input;
      const ref = await modelOf(model, credentials, options.catalog);
      const made = await options.requests.make(
        '/v1/requests',
        {
          model: ref,
          reason,
          days,
          // A form leaves empty what nobody filled in.
          tenant: tenant || undefined,
          expectedLoad: expectedLoad || undefined,
          subject: service ? { kind: 'service', ref: service } : undefined,
        },
        { credentials, once: `scaffolder ${ctx.task.id} access ${ref}` },
      );
      ctx.logger.info(`Request ${made.id} for ${ref} is ${made.state}.`);
      ctx.output('id', made.id);
      ctx.output('state', made.state);
      ctx.output('link', made.link);
    },
  });
}

/** The custom resource that a catalog entity stands for; a name of one is left as it is. */
async function modelOf(
  model: string,
  credentials: BackstageCredentials,
  catalog: Pick<CatalogService, 'getEntityByRef'>,
): Promise<string> {
  if (!model.includes(':')) {
    return model;
  }
  const entity = await catalog.getEntityByRef(model, { credentials });
  const ref = entity?.metadata.annotations?.[MODEL_ANNOTATION];
  if (ref === undefined) {
    throw new InputError(
      `model: ${model} is no model that you may see. Choose an API of the type ai-model-server.`,
    );
  }
  return ref;
}
