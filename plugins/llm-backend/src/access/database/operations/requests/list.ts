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
import { reasonsToSeeRequests } from '../../sight';

/** Filters of a list of requests; all are ANDed. */
export interface RequestFilter {
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
    sight: Sight;
    filter: RequestFilter;
    page: PageQuery;
  },
): Promise<Page<AccessRequest>> {
  const { userEntityRef, sight, filter, page } = options;
  const { states, tenant, model, requester } = filter;
  const { items, nextCursor } = await readPage<RequestRow>(
    knex,
    {
      table: 'requests',
      reasons: reasonsToSeeRequests(sight),
      equal: { tenant, model, requester },
      narrow: query => states && query.whereIn('state', states),
    },
    { list: 'requests', userEntityRef, filter },
    page,
  );
  return { items: items.map(toRequest), nextCursor };
}
