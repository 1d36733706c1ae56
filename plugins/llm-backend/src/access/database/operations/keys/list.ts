import type { Knex } from 'knex';
import { Key, Page, PageQuery, Sight } from '../../../types';
import { readPage } from '../../page';
import { KeyRow, toStoredKey, withoutHash } from '../../rows';
import { reasonsToSeeKeys } from '../../sight';
import { modelsOfKeys } from './modelsOfKeys';

/** Filters of a list of keys; all are ANDed. */
export interface KeyFilter {
  state?: Key['state'];
  tenant?: string;
  owner?: string;
}

/** A page of the keys that somebody may see, newest first. */
export async function listKeys(
  knex: Knex,
  options: {
    userEntityRef: string;
    sight: Sight;
    filter: KeyFilter;
    page: PageQuery;
  },
): Promise<Page<Key>> {
  const { userEntityRef, sight, filter, page } = options;
  const { state, tenant, owner } = filter;
  const { items, nextCursor } = await readPage<KeyRow>(
    knex,
    {
      table: 'keys',
      reasons: reasonsToSeeKeys(sight),
      equal: { state, tenant, owner },
    },
    { list: 'keys', userEntityRef, filter },
    page,
  );
  const models = await modelsOfKeys(
    knex,
    items.map(row => row.id),
  );
  return {
    items: items.map(row =>
      withoutHash(toStoredKey(row, models.get(row.id) ?? [])),
    ),
    nextCursor,
  };
}
