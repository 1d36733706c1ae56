import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import { AccessSubject } from '@slipway/plugin-llm-common';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';

/** A person or a group by entity ref, as a link to the catalog; "You" for who looks. */
export function Person(props: { entityRef: string }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const { me } = useAccessPerson();
  if (props.entityRef === me) {
    return <span title={me}>{t('access.you')}</span>;
  }
  return (
    <EntityRefLink entityRef={props.entityRef} defaultKind="user" hideIcon />
  );
}

/** Whom a grant or a request is for. */
export function Subject(props: { subject: AccessSubject }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const { kind, ref } = props.subject;
  if (kind === 'user') {
    return <Person entityRef={ref} />;
  }
  return (
    <>
      {t(kind === 'group' ? 'access.group' : 'access.service')}{' '}
      <code>{ref}</code>
    </>
  );
}
