import type { Knex } from 'knex';
import type { AccessServiceOptions } from '../../../access';
import { World } from '../../../access/__testUtils__/world';
import { serve, speakAs } from './serve';

/** A wish of mara's or of anybody's who is in one tenant. */
export const wish = {
  model: 'llm/llama',
  reason: 'Search summaries',
  days: 30,
};

/** Speaks to the routes as somebody. */
export type As = ReturnType<typeof speakAs>;

/** A small world with its room, and the routes into it. `block` stops something as an admin, and answers with the id of the block. */
export function openRoom(
  knex: Knex,
  options: Partial<AccessServiceOptions> = {},
) {
  const world = new World();
  const access = world.service(knex, { unusedDays: 60, ...options });
  const as = speakAs(serve(world, access, knex));
  const block = async (target: string, ref: string): Promise<string> => {
    const reason = 'canary: found in a public repository';
    const { body } = await as('priya').post('/v1/blocks', {
      target,
      ref,
      reason,
    });
    return body.id;
  };
  return { world, access, as, block };
}

/** Asks for {@link wish} as mara and approves it as an owner; answers with the id of the grant. */
export async function granted(as: As): Promise<string> {
  const asked = await as('mara').post('/v1/requests', wish);
  const path = `/v1/requests/${asked.body.id}/steps`;
  const { body } = await as('aiko').post(path, { step: 'approve' });
  return body.grantId;
}
