import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { EntityDisplayName } from '@backstage/plugin-catalog-react';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';

/** A person's name without a link, for within a link or a sentence, with her entity ref on hover; "You" for who looks. */
export function PersonName(props: { entityRef: string }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const { me } = useAccessPerson();
  return (
    <span title={props.entityRef}>
      {props.entityRef === me ? (
        t('access.you')
      ) : (
        <EntityDisplayName
          entityRef={props.entityRef}
          hideIcon
          disableTooltip
        />
      )}
    </span>
  );
}
