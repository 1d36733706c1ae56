import { Button, Checkbox } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { GrantSummary } from '@slipway/plugin-llm-common';
import { ClockIcon } from '../components/icons';
import tableStyles from '../components/table.module.css';
import { DateTime, formatLeft, modelName } from '../format';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { HistoryButton } from './HistoryDialog';
import { ModelLink } from './ModelLink';
import { Subject } from './Person';
import { StandingCell } from './StandingCell';
import { useSubjectName } from './useNames';
import styles from './AccessPage.module.css';

/** A grant that is to be confirmed: keep it with one click, or end it. */
export function DueRow(props: {
  grant: GrantSummary;
  now: number;
  isSelected: boolean;
  onSelect(isSelected: boolean): void;
  isPending: boolean;
  onKeep(): void;
  onEnd(): void;
}) {
  const { grant, now } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { tenantName } = useAccessPerson();
  const who = useSubjectName(grant.subject);
  const of = { who, model: modelName(grant.model) };
  const isMine = grant.myActions.includes('recertify');
  return (
    <tr>
      <td>
        {isMine && (
          <Checkbox
            aria-label={t('access.due.selectOf', of)}
            isSelected={props.isSelected}
            onChange={props.onSelect}
          />
        )}
      </td>
      <td>
        <Subject subject={grant.subject} />
        {grant.standing.state === 'blocked' && (
          <div>
            <StandingCell of={grant} now={now} />
          </div>
        )}
      </td>
      <td>
        <ModelLink model={grant.model} modelId={grant.modelId} />
      </td>
      <td className={tableStyles.wide}>{tenantName(grant.tenant)}</td>
      <td className={`${tableStyles.wide} ${tableStyles.nowrap}`}>
        {t(grant.recertifiedAt ? 'access.due.confirmed' : 'access.due.given')}{' '}
        <DateTime iso={grant.recertifiedAt ?? grant.createdAt} />
      </td>
      <td className={tableStyles.nowrap}>
        {grant.confirmBy && <ConfirmBy iso={grant.confirmBy} now={now} />}
      </td>
      <td className={`${tableStyles.number} ${tableStyles.wide}`}>
        {grant.keys}
      </td>
      <td>
        <div className={styles.actions}>
          {isMine && (
            <Button
              size="small"
              variant="secondary"
              isPending={props.isPending}
              aria-label={t('access.due.keepOf', of)}
              onPress={props.onKeep}
            >
              {t('access.due.keep')}
            </Button>
          )}
          {grant.myActions.includes('revoke') && (
            <Button
              size="small"
              variant="secondary"
              destructive
              aria-label={t('access.people.revokeOf', { who })}
              onPress={props.onEnd}
            >
              {t('access.people.revoke')}
            </Button>
          )}
          <HistoryButton object={grant.id} name={`${who}, ${of.model}`} />
        </div>
      </td>
    </tr>
  );
}

function ConfirmBy(props: { iso: string; now: number }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const left = Date.parse(props.iso) - props.now;
  return (
    <>
      <DateTime iso={props.iso} />
      <div className={left <= 0 ? styles.warn : tableStyles.small}>
        {left <= 0 && <ClockIcon />}
        {left <= 0
          ? t('access.due.overdue', { since: formatLeft(-left) })
          : t('access.keys.in', { left: formatLeft(left) })}
      </div>
    </>
  );
}
