import type { Knex } from 'knex';
import { Block } from '../../../types';
import { fromBlock } from '../../rows';

/** Stores a new block. */
export async function insertBlock(
  trx: Knex.Transaction,
  block: Block,
): Promise<void> {
  await trx('blocks').insert(fromBlock(block));
}
