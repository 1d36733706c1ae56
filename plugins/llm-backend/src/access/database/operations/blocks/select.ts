import type { Knex } from 'knex';
import { Block } from '../../../types';
import { BlockRow, toBlock } from '../../rows';

/** The blocks that hold now, newest first: all of them, or those with this id, or on this object. */
export async function selectBlocks(
  knex: Knex,
  narrow: Partial<Pick<Block, 'id' | 'target' | 'ref'>> = {},
): Promise<Block[]> {
  const rows = await knex<BlockRow>('blocks')
    .whereNull('ended_at')
    .where(narrow)
    .orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ]);
  return rows.map(toBlock);
}
