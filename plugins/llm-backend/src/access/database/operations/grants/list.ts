import type { Knex } from 'knex';
import type { DueBounds } from '../../../decisions/recertification';
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
  /** Only those that an owner is to confirm soon: the recertification list. */
  due?: boolean;
}

/** A page of the grants that somebody may see, newest first. */
export async function listGrants(
  knex: Knex,
  options: {
    userEntityRef: string;
    sight: Sight;
    filter: GrantFilter;
    /** What `due` means now. */
    dueBounds: DueBounds;
    page: PageQuery;
  },
): Promise<Page<Grant>> {
  const { userEntityRef, sight, filter, dueBounds, page } = options;
  const { due, scope, tenant, model } = filter;
  const state = due ? 'active' : filter.state;
  const { items, nextCursor } = await readPage<GrantRow>(
    knex,
    {
      table: 'grants',
      reasons: reasonsToSeeGrants(sight, scope),
      equal: { state, tenant, model },
      narrow: query =>
        due &&
        query
          .where('expires_at', '>', dueBounds.endsAfter)
          .whereRaw('coalesce(recertified_at, created_at) < ?', [
            dueBounds.seenBefore,
          ]),
    },
    { list: 'grants', userEntityRef, filter },
    page,
  );
  return { items: items.map(toGrant), nextCursor };
}
