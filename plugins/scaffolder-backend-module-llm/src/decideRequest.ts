import { InputError } from '@backstage/errors';
import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import type { LlmRequests } from './LlmRequests';

/** Decides on a request for a model, as the page Approvals does. */
export function createDecideRequestAction(options: {
  requests: Pick<LlmRequests, 'make'>;
}) {
  return createTemplateAction({
    id: 'llm:decide-request',
    description:
      'Approves, rejects or asks back a request for a model, in the name of who runs the template and with her rights.',
    schema: {
      input: {
        request: z => z.string().describe('Id of the request, or a link to it'),
        step: z => z.enum(['approve', 'reject', 'ask-back']),
        comment: z =>
          z
            .string()
            .optional()
            .describe('Who asked reads it; needed unless it is an approval'),
      },
      output: {
        id: z => z.string().describe('Id of the request'),
        state: z => z.string(),
        link: z => z.string().describe('Where to follow it'),
      },
    },
    async handler(ctx) {
      const { request, step, comment } = ctx.input;
      const id = /req_[0-9a-f]{32}/.exec(request)?.[0];
      if (id === undefined) {
        throw new InputError(
          `request: ${request} names no request. Give its id, req_ and 32 digits, or the link to it.`,
        );
      }
      const decided = await options.requests.make(
        `/v1/requests/${id}/steps`,
        { step, comment: comment || undefined },
        {
          credentials: await ctx.getInitiatorCredentials(),
          once: `scaffolder ${ctx.task.id} decide`,
        },
      );
      ctx.logger.info(`Request ${decided.id} is ${decided.state}.`);
      ctx.output('id', decided.id);
      ctx.output('state', decided.state);
      ctx.output('link', decided.link);
    },
  });
}
