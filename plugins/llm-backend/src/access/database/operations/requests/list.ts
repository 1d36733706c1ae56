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
import { seeRequests } from '../../sight';

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
  const query = knex('requests');
  seeRequests(query, sight);
  if (states) {
    query.whereIn('state', states);
  }
  for (const [column, value] of Object.entries({ tenant, model, requester })) {
    if (value !== undefined) {
      query.where(column, value);
    }
  }
  const { items, nextCursor } = await readPage<RequestRow>(
    query,
    { list: 'requests', userEntityRef, filter },
    page,
  );
  return { items: items.map(toRequest), nextCursor };
}
