import type { Knex } from 'knex';
import { Grant, ListScope, Page, PageQuery, Sight } from '../../../types';
import { readPage } from '../../page';
import { GrantRow, toGrant } from '../../rows';
import { reasonsToSeeGrants } from '../../sight';

/** Filters of a list of grants; all are ANDed. */
export interface GrantFilter {
  /** `all` if absent. */
  scope?: ListScope;
  state?: Grant['state'];
  tenant?: string;
  model?: string;
  /** Only those that run out before this time: the recertification list. */
  expiresBefore?: string;
}

/** A page of the grants that somebody may see, newest first. */
export async function listGrants(
  knex: Knex,
  options: {
    userEntityRef: string;
    sight: Sight;
    filter: GrantFilter;
    page: PageQuery;
  },
): Promise<Page<Grant>> {
  const { userEntityRef, sight, filter, page } = options;
  const { expiresBefore, scope, state, tenant, model } = filter;
  const { items, nextCursor } = await readPage<GrantRow>(
    knex,
    {
      table: 'grants',
      reasons: reasonsToSeeGrants(sight, scope),
      equal: { state, tenant, model },
      narrow: query =>
        expiresBefore !== undefined &&
        query.where('expires_at', '<', expiresBefore),
    },
    { list: 'grants', userEntityRef, filter },
    page,
  );
  return { items: items.map(toGrant), nextCursor };
}
