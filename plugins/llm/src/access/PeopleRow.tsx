import { Button } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { GrantSummary } from '@slipway/plugin-llm-common';
import tableStyles from '../components/table.module.css';
import { DateTime, modelName } from '../format';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { HistoryButton } from './HistoryDialog';
import { ModelLink } from './ModelLink';
import { Subject } from './Person';
import { StandingCell } from './StandingCell';
import { useSubjectName } from './useNames';
import styles from './AccessPage.module.css';

/** What an owner does with somebody's grant. */
export type OwnerAction = 'recertify' | 'extend' | 'revoke';

const ownerActions: readonly OwnerAction[] = ['recertify', 'extend', 'revoke'];

/** Who has access to what, until when, and what an owner can do about it. */
export function PeopleRow(props: {
  grant: GrantSummary;
  now: number;
  onAction(what: OwnerAction): void;
}) {
  const { grant, now, onAction } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { tenantName } = useAccessPerson();
  const who = useSubjectName(grant.subject);
  return (
    <tr>
      <td>
        <Subject subject={grant.subject} />
      </td>
      <td>
        <ModelLink model={grant.model} modelId={grant.modelId} />
      </td>
      <td className={tableStyles.wide}>{tenantName(grant.tenant)}</td>
      <td>
        <StandingCell of={grant} now={now} />
      </td>
      <td className={`${tableStyles.nowrap} ${tableStyles.wide}`}>
        <DateTime iso={grant.expiresAt} />
      </td>
      <td className={`${tableStyles.number} ${tableStyles.wide}`}>
        {grant.keys}
      </td>
      <td className={`${tableStyles.wide} ${tableStyles.nowrap}`}>
        {grant.recertifiedAt ? <DateTime iso={grant.recertifiedAt} /> : '–'}
      </td>
      <td>
        <div className={styles.actions}>
          {ownerActions
            .filter(
              action =>
                grant.myActions.includes(action) &&
                // What ends before that needs no confirmation.
                (action !== 'recertify' || grant.confirmBy !== undefined),
            )
            .map(action => (
              <Button
                key={action}
                size="small"
                variant="secondary"
                destructive={action === 'revoke'}
                aria-label={t(`access.people.${action}Of`, { who })}
                onPress={() => onAction(action)}
              >
                {t(`access.people.${action}`)}
              </Button>
            ))}
          <HistoryButton
            object={grant.id}
            name={`${who}, ${modelName(grant.model)}`}
          />
        </div>
      </td>
    </tr>
  );
}
