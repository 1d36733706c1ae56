import { Button } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { KeySummary } from '@slipway/plugin-llm-common';
import { ClockIcon } from '../components/icons';
import tableStyles from '../components/table.module.css';
import {
  DateTime,
  formatAbsolute,
  formatAge,
  formatLeft,
  formatMinute,
  modelName,
} from '../format';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { HistoryButton } from './HistoryDialog';
import { Person } from './Person';
import { keyEnd } from './keyEnd';
import { endsSoon } from './standingChip';
import { StandingCell } from './StandingCell';
import styles from './AccessPage.module.css';

/** What can be done with one key from its row. */
export type KeyAction = 'rotate' | 'revoke' | 'keep';

const actions: readonly KeyAction[] = ['keep', 'rotate', 'revoke'];

/** A key of mine. */
export function KeyRow(props: {
  apiKey: KeySummary;
  now: number;
  onAction(what: KeyAction): void;
}) {
  const { apiKey, now, onAction } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { memberOf, tenantName } = useAccessPerson();
  const offered = actions.filter(
    action =>
      apiKey.myActions.includes(action) &&
      // Keeping matters only once the end of an unused key comes near.
      (action !== 'keep' ||
        (apiKey.unusedEndsAt !== undefined &&
          endsSoon(apiKey.unusedEndsAt, now))),
  );
  return (
    <tr>
      <td>
        <span className={tableStyles.strong}>{apiKey.name}</span>
        <div className={`${tableStyles.mono} ${tableStyles.secondary}`}>
          {apiKey.display}…
        </div>
      </td>
      <td className={tableStyles.wide}>
        <Person entityRef={apiKey.owner} />
        {apiKey.backupOwner && (
          <>
            {', '}
            <Person entityRef={apiKey.backupOwner} />
          </>
        )}
        <div className={tableStyles.small}>
          {apiKey.service ? (
            <>
              {t('access.service')} <code>{apiKey.service}</code>
            </>
          ) : (
            t('access.keys.personal')
          )}
          {memberOf.length > 1 && `, ${tenantName(apiKey.tenant)}`}
        </div>
      </td>
      <td className={tableStyles.text}>
        {apiKey.models.map(({ model }) => modelName(model)).join(', ')}
      </td>
      <td>
        <Expiry apiKey={apiKey} now={now} />
      </td>
      <td>
        <LastUse apiKey={apiKey} now={now} />
      </td>
      <td>
        <div className={styles.actions}>
          {offered.map(action => (
            <Button
              key={action}
              size="small"
              variant="secondary"
              destructive={action === 'revoke'}
              aria-label={t(`access.keys.${action}Of`, { name: apiKey.name })}
              onPress={() => onAction(action)}
            >
              {t(`access.keys.${action}`)}
            </Button>
          ))}
          <HistoryButton object={apiKey.id} name={apiKey.name} />
        </div>
      </td>
    </tr>
  );
}

function Expiry(props: { apiKey: KeySummary; now: number }) {
  const { apiKey, now } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  if (apiKey.standing.state !== 'valid') {
    return <StandingCell of={apiKey} now={now} />;
  }
  const end = keyEnd(apiKey);
  const left = t(end.withGrant ? 'access.keys.withGrant' : 'access.keys.in', {
    left: formatLeft(Date.parse(end.at) - now),
  });
  if (apiKey.successorId) {
    return (
      <>
        <DateTime iso={apiKey.expiresAt} />
        <div
          className={tableStyles.small}
          title={formatAbsolute(apiKey.expiresAt)}
        >
          {t('access.keys.oldWorksTo', {
            time: formatMinute(Date.parse(apiKey.expiresAt)),
          })}
        </div>
      </>
    );
  }
  return (
    <>
      <span className={tableStyles.nowrap}>
        <DateTime iso={end.at} />
      </span>
      <div className={endsSoon(end.at, now) ? styles.warn : tableStyles.small}>
        {endsSoon(end.at, now) && <ClockIcon />}
        {left}
      </div>
      {end.loses && (
        <div className={tableStyles.small}>
          {t('access.keys.loses', { model: modelName(end.loses.model) })}{' '}
          <DateTime iso={end.loses.until} />
        </div>
      )}
    </>
  );
}

function LastUse(props: { apiKey: KeySummary; now: number }) {
  const { apiKey, now } = props;
  const { lastUsedAt, unusedEndsAt, standing, successorId } = apiKey;
  const { t } = useTranslationRef(llmTranslationRef);
  const ends = standing.state === 'valid' ? unusedEndsAt : undefined;
  return (
    <>
      {lastUsedAt ? (
        <time dateTime={lastUsedAt} title={formatAbsolute(lastUsedAt)}>
          {t('access.keys.usedAgo', {
            ago: formatAge(now - Date.parse(lastUsedAt)),
          })}
        </time>
      ) : (
        t('access.keys.never')
      )}
      {successorId && standing.state === 'valid' && (
        <div className={tableStyles.small}>{t('access.keys.rotating')}</div>
      )}
      {ends && endsSoon(ends, now) && (
        <div className={styles.warn}>
          <ClockIcon />
          {t('access.keys.endsUnused', {
            left: formatLeft(Date.parse(ends) - now),
          })}
        </div>
      )}
    </>
  );
}
