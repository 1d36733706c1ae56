import type { Knex } from 'knex';
import type { IsBlocked } from '../../../decisions/blocked';
import type { Block } from '../../../types';
import type { BlockRow } from '../../rows';

/** What is asked about: refs by kind, or all of a kind. */
export type AskedBlocks = Partial<
  Record<Block['target'], readonly string[] | 'all'>
>;

/**
 * What of all this the kill switch stops now, without who did it and why. One query, whose length goes with what is asked about; none where
 * nothing is.
 */
export async function blocksAmong(
  knex: Knex,
  asked: AskedBlocks,
): Promise<IsBlocked> {
  const concerns = Object.entries(asked).filter(
    ([, refs]) => refs === 'all' || refs.length > 0,
  );
  if (concerns.length === 0) {
    return () => false;
  }
  const rows: Pick<BlockRow, 'target' | 'ref'>[] = await knex<BlockRow>(
    'blocks',
  )
    .whereNull('ended_at')
    .where(any => {
      for (const [target, refs] of concerns) {
        any.orWhere(one => {
          one.where('target', target);
          if (refs !== 'all') {
            one.whereIn('ref', [...new Set(refs)]);
          }
        });
      }
    })
    .select('target', 'ref');
  const blocked = new Set(rows.map(({ target, ref }) => `${target} ${ref}`));
  return (target, ref) => blocked.has(`${target} ${ref}`);
}
