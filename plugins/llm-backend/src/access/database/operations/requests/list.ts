import type { Knex } from 'knex';
import {
  AccessRequest,
  Page,
  PageQuery,
  RequestState,
  Sight,
} from '../../../types';
import { readPage } from '../../page';
import { RequestRow, toRequest } from '../../rows';
import { Reason, reasonsToDecide, reasonsToSeeRequests } from '../../sight';

/** Filters of a list of requests; all are ANDed. */
export interface RequestFilter {
  /**
   * `mine`: what she asked for; `to-decide`: what is open and waits for her; `decided`: what is no longer open and was for her to decide;
   * `all` if absent.
   */
  scope?: 'mine' | 'to-decide' | 'decided' | 'all';
  states?: RequestState[];
  tenant?: string;
  model?: string;
  requester?: string;
}

/** A page of the requests that somebody may see, newest first. */
export async function listRequests(
  knex: Knex,
  options: {
    userEntityRef: string;
    /** Groups of hers: what they would get is not hers to decide. */
    groups: string[];
    sight: Sight;
    /** What she may act on. */
    reach: Sight;
    filter: RequestFilter;
    page: PageQuery;
    now: Date;
  },
): Promise<Page<AccessRequest>> {
  const { userEntityRef, groups, sight, reach, filter, page, now } = options;
  const { scope = 'all', states, tenant, model, requester } = filter;
  const deciding = scope === 'to-decide' || scope === 'decided';
  const narrow: Reason = query => {
    if (states) {
      query.whereIn('state', states);
    }
    if (deciding) {
      ofOthers(query, userEntityRef, groups);
    }
    if (scope === 'to-decide') {
      query
        .where('state', 'pending')
        .where('expires_at', '>', now.toISOString());
    }
    if (scope === 'decided') {
      query.whereNot('state', 'pending');
    }
  };
  const { items, nextCursor } = await readPage<RequestRow>(
    knex,
    {
      table: 'requests',
      reasons: deciding
        ? reasonsToDecide(reach)
        : reasonsToSeeRequests(sight, scope === 'mine' ? 'mine' : 'all'),
      equal: { tenant, model, requester },
      narrow,
    },
    { list: 'requests', userEntityRef, filter },
    page,
  );
  return { items: items.map(toRequest), nextCursor };
}

/** Leaves out what she asked for herself, and what she would get: nobody decides on that. */
function ofOthers(
  query: Knex.QueryBuilder,
  userEntityRef: string,
  groups: string[],
): void {
  query
    .whereNot('requester', userEntityRef)
    .whereNot(own =>
      own.where({ subject_kind: 'user', subject: userEntityRef }),
    )
    .whereNot(own =>
      own.where('subject_kind', 'group').whereIn('subject', groups),
    );
}
