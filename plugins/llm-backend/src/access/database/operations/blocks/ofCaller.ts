import type { Knex } from 'knex';
import type { Block } from '../../../types';
import type { BlockRow } from '../../rows';

/** What the kill switch stops, without who did it and why. */
export type BlockedTarget = Pick<Block, 'target' | 'ref'>;

/** The blocks that concern somebody: of herself, of tenants, and of any model. One query; there are few blocks. */
export async function blocksOfCaller(
  knex: Knex,
  { user, tenants }: { user: string; tenants: string[] },
): Promise<BlockedTarget[]> {
  return knex<BlockRow>('blocks')
    .whereNull('ended_at')
    .where(concerning =>
      concerning
        .where({ target: 'model' })
        .orWhere({ target: 'user', ref: user })
        .orWhere(hers =>
          hers.where({ target: 'tenant' }).whereIn('ref', tenants),
        ),
    )
    .select('target', 'ref');
}
