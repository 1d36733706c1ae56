import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import type { LlmRequests } from './LlmRequests';

/** Asks for a model that is not served yet. */
export function createRequestModelAction(options: {
  requests: Pick<LlmRequests, 'make'>;
}) {
  return createTemplateAction({
    id: 'llm:request-model',
    description:
      'Asks for a model that is not served yet, in the name of who runs the template. An admin decides; then the portal makes it.',
    schema: {
      input: {
        manifest: z =>
          z
            .record(z.string(), z.unknown())
            .describe('An LLMModel; it becomes yours'),
        reason: z => z.string().describe('What it is for: the admins read it'),
        tenant: z =>
          z
            .string()
            .optional()
            .describe('Needed only by members of several tenants'),
        expectedLoad: z =>
          z.string().optional().describe('In words, e.g. 20 requests a minute'),
      },
      output: {
        id: z => z.string().describe('Id of the request'),
        state: z => z.string(),
        link: z => z.string().describe('Where to follow it'),
      },
    },
    async handler(ctx) {
      const { manifest, reason, tenant, expectedLoad } = ctx.input;
      const made = await options.requests.make(
        '/v1/model-requests',
        {
          manifest: withoutBlanks(manifest),
          reason,
          tenant: tenant || undefined,
          expectedLoad: expectedLoad || undefined,
        },
        {
          credentials: await ctx.getInitiatorCredentials(),
          once: `scaffolder ${ctx.task.id} model`,
        },
      );
      ctx.logger.info(`Request ${made.id} is ${made.state}.`);
      ctx.output('id', made.id);
      ctx.output('state', made.state);
      ctx.output('link', made.link);
    },
  });
}

/** A form leaves empty what nobody filled in, and a template writes it down as an empty text: such fields are not there. */
export function withoutBlanks(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter(item => item !== '').map(withoutBlanks);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, field]) => field !== '' && field !== undefined)
        .map(([name, field]) => [name, withoutBlanks(field)]),
    );
  }
  return value;
}
