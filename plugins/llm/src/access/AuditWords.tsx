import { Fragment, ReactNode } from 'react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { AuditEntry } from '@slipway/plugin-llm-common';
import tableStyles from '../components/table.module.css';
import { DateTime, modelName } from '../format';
import { llmTranslationRef } from '../translation';
import { auditMessages } from './auditMessages';
import { Person } from './Person';
import { PersonName } from './PersonName';
import { shortId } from './shortId';

/** Who did it: a person, a rule, or the platform by itself. */
export function AuditActor(props: { actor: string }) {
  const { actor } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  if (actor.startsWith('rule:')) {
    return (
      <>
        {t('access.byRule')} <code>{actor.slice('rule:'.length)}</code>
      </>
    );
  }
  if (actor.startsWith('system:')) {
    const what = actor.slice('system:'.length);
    return (
      <span title={actor}>
        {isKeyOf(auditMessages.system, what)
          ? t(`access.audit.system.${what}`)
          : t('access.audit.platform')}
      </span>
    );
  }
  return <Person entityRef={actor} />;
}

/** What was done, and below it what else matters, in plain words. */
export function AuditDeed(props: { entry: AuditEntry }) {
  const { action, details, objectKind } = props.entry;
  const { t } = useTranslationRef(llmTranslationRef);
  const isNewModel = action === 'request-made' && details.kind === 'new-model';
  const deed = isNewModel ? 'model-asked' : action;
  const rest = Object.entries(details).filter(
    ([name, value]) =>
      value !== undefined &&
      value !== null &&
      name !== 'kind' &&
      name !== 'subjectKind' &&
      name !== 'target',
  );
  return (
    <>
      {isKeyOf(auditMessages.action, deed)
        ? t(`access.audit.action.${deed}`)
        : `${action} (${objectKind})`}
      {rest.length > 0 && (
        <div className={tableStyles.small}>
          {rest.map(([name, value], index) => (
            <Fragment key={name}>
              {index > 0 && ', '}
              <Detail
                name={name}
                value={String(value)}
                kind={kindOf(name, details)}
              />
            </Fragment>
          ))}
        </div>
      )}
    </>
  );
}

function kindOf(name: string, details: AuditEntry['details']): unknown {
  if (name === 'subject') {
    return details.subjectKind;
  }
  return name === 'ref' ? details.target : undefined;
}

function Detail(props: {
  name: string;
  value: string;
  /** Of a subject or of what is blocked: what it is. */
  kind: unknown;
}) {
  const { name, value, kind } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  if (name === 'because') {
    return (
      <>
        {isKeyOf(auditMessages.because, value)
          ? t(`access.audit.because.${value}`)
          : value}
      </>
    );
  }
  if (name === 'comment' || name === 'reason') {
    return <>“{value}”</>;
  }
  if (kind === 'group' || kind === 'service') {
    return (
      <>
        {t(`access.audit.detail.${kind}`)} <code>{value}</code>
      </>
    );
  }
  const words: ReactNode = valueOf(name, value);
  if (name === 'ref') {
    return (
      <>
        {String(kind ?? '')} {words}
      </>
    );
  }
  if (!isKeyOf(auditMessages.detail, name)) {
    return (
      <>
        {name} {words}
      </>
    );
  }
  return (
    <>
      {t(`access.audit.detail.${name}`)} {words}
    </>
  );
}

/** A value by what it looks like: a person, a time, models, an id. */
function valueOf(name: string, value: string): ReactNode {
  if (/^(user|group):/.test(value)) {
    return <PersonName entityRef={value} />;
  }
  if (/^\d{4}-\d\d-\d\dT/.test(value)) {
    return <DateTime iso={value} />;
  }
  if (name === 'model' || name === 'models') {
    return value.split(' ').map(modelName).join(', ');
  }
  if (name === 'days') {
    return `${value} d`;
  }
  return /^\w+_[0-9a-f]{32}$/.test(value) ? (
    <code title={value}>{shortId(value)}</code>
  ) : (
    value
  );
}

function isKeyOf<T extends object>(
  messages: T,
  name: string,
): name is Extract<keyof T, string> {
  return name in messages;
}
