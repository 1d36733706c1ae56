import useAsync from 'react-use/esm/useAsync';
import { CATALOG_FILTER_EXISTS } from '@backstage/catalog-client';
import { useApiHolder } from '@backstage/frontend-plugin-api';
import { catalogApiRef } from '@backstage/plugin-catalog-react';

/**
 * Whether Docs has anything to read: an entity of the catalog that names its documentation (`backstage.io/techdocs-ref`). False until it is
 * known, so that nothing leads to an empty page; true where the catalog does not say, because the page may still have it.
 */
export function useHasDocs(): boolean {
  const catalogApi = useApiHolder().get(catalogApiRef);
  const { value, error } = useAsync(async () => {
    if (!catalogApi) {
      return false;
    }
    const { items } = await catalogApi.queryEntities({
      filter: {
        'metadata.annotations.backstage.io/techdocs-ref': CATALOG_FILTER_EXISTS,
      },
      fields: ['metadata.name'],
      limit: 1,
    });
    return items.length > 0;
  }, [catalogApi]);
  return error !== undefined || value === true;
}
