import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { EntityDisplayName } from '@backstage/plugin-catalog-react';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';

/** A person's name without a link, for within a link or a sentence; "You" for who looks. */
export function PersonName(props: { entityRef: string }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const { me } = useAccessPerson();
  if (props.entityRef === me) {
    return <>{t('access.you')}</>;
  }
  return (
    <EntityDisplayName entityRef={props.entityRef} hideIcon disableTooltip />
  );
}
