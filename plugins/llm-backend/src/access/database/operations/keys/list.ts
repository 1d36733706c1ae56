import type { Knex } from 'knex';
import { Key, ListScope, Page, PageQuery, Sight } from '../../../types';
import { readPage } from '../../page';
import { KeyRow, toStoredKey, withoutHash } from '../../rows';
import { reasonsToSeeKeys } from '../../sight';
import { modelsOfKeys } from './modelsOfKeys';

/** Filters of a list of keys; all are ANDed. */
export interface KeyFilter {
  /** `all` if absent. */
  scope?: ListScope;
  state?: Key['state'];
  tenant?: string;
  owner?: string;
  /** Only those that may call this model. */
  model?: string;
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
  const { scope, state, tenant, owner, model } = filter;
  const { items, nextCursor } = await readPage<KeyRow>(
    knex,
    {
      table: 'keys',
      reasons: reasonsToSeeKeys(sight, scope),
      equal: { state, tenant, owner },
      narrow: query =>
        model !== undefined &&
        query.whereIn(
          'id',
          knex('key_grants').where({ model, ended: false }).select('key_id'),
        ),
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
