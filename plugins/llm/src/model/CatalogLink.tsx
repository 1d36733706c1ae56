import { ButtonLink } from '@backstage/ui';
import { RiLayoutGridLine } from '@remixicon/react';
import useAsync from 'react-use/esm/useAsync';
import {
  useApiHolder,
  useRouteRef,
  useTranslationRef,
} from '@backstage/frontend-plugin-api';
import { catalogApiRef, entityRouteRef } from '@backstage/plugin-catalog-react';
import { ModelKey } from '../api';
import { MODEL_ANNOTATION } from '../entity/modelAnnotation';
import { llmTranslationRef } from '../translation';

/** The way to the model's entity. Only there once the catalog has it: the catalog follows a little later. */
export function CatalogLink(props: { model: ModelKey }) {
  const { namespace, name } = props.model;
  const { t } = useTranslationRef(llmTranslationRef);
  const catalogApi = useApiHolder().get(catalogApiRef);
  const entityRoute = useRouteRef(entityRouteRef);
  const { value: href } = useAsync(async () => {
    const found = await catalogApi?.queryEntities({
      filter: {
        kind: 'API',
        [`metadata.annotations.${MODEL_ANNOTATION}`]: `${namespace}/${name}`,
      },
      fields: ['kind', 'metadata.name', 'metadata.namespace'],
      limit: 1,
    });
    const entity = found?.items[0];
    return (
      entity &&
      entityRoute?.({
        kind: entity.kind.toLowerCase(),
        namespace: entity.metadata.namespace ?? 'default',
        name: entity.metadata.name,
      })
    );
  }, [catalogApi, entityRoute, namespace, name]);
  return href ? (
    <ButtonLink
      size="small"
      variant="secondary"
      iconStart={<RiLayoutGridLine />}
      href={href}
    >
      {t('model.catalog')}
    </ButtonLink>
  ) : null;
}
