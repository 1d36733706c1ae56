import { RiScales3Line } from '@remixicon/react';
import useAsyncRetry from 'react-use/esm/useAsyncRetry';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { AccessRuleSummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { useAccessPerson } from '../access/AccessContext';
import { TableSkeleton } from '../access/TableSkeleton';
import { Chip } from '../components/Chip';
import { ErrorState } from '../components/ErrorState';
import { Section } from '../components/Section';
import { StatePanel } from '../components/StatePanel';
import { CheckIcon, QuestionIcon } from '../components/icons';
import tableStyles from '../components/table.module.css';
import { llmTranslationRef } from '../translation';

/** The rules that approve at once or say who decides. They are configuration: the page shows, it does not change. */
export function RulesTab() {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const {
    value: rules,
    error,
    retry,
  } = useAsyncRetry(() => api.listRules(), [api]);
  return (
    <Section
      title={t('approvals.rules.title')}
      count={rules?.length}
      note={t('approvals.rules.note')}
    >
      {error && (
        <ErrorState
          error={error}
          title={t('access.errorTitle')}
          retry={retry}
        />
      )}
      {!rules && !error && <TableSkeleton />}
      {rules?.length === 0 && (
        <StatePanel
          icon={<RiScales3Line size={16} />}
          title={t('approvals.rules.emptyTitle')}
        >
          {t('approvals.rules.emptyText')}
        </StatePanel>
      )}
      {rules && rules.length > 0 && (
        <table className={tableStyles.table}>
          <caption className={tableStyles.hidden}>
            {t('approvals.rules.title')}
          </caption>
          <thead>
            <tr>
              <th scope="col">{t('approvals.rules.rule')}</th>
              <th scope="col">{t('access.column.models')}</th>
              <th scope="col">{t('approvals.rules.tenants')}</th>
              <th scope="col">{t('approvals.rules.groups')}</th>
              <th scope="col" className={tableStyles.number}>
                {t('approvals.rules.upTo')}
              </th>
              <th scope="col">{t('approvals.rules.then')}</th>
            </tr>
          </thead>
          <tbody>
            {rules.map(rule => (
              <Row key={rule.name} rule={rule} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Row(props: { rule: AccessRuleSummary }) {
  const { rule } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { tenantName } = useAccessPerson();
  const approves = rule.decision === 'approve';
  return (
    <tr>
      <td className={tableStyles.strong}>{rule.name}</td>
      <td className={tableStyles.text}>
        {rule.models?.join(', ') ?? t('approvals.rules.all')}
      </td>
      <td className={tableStyles.text}>
        {rule.tenants?.map(tenantName).join(', ') ?? t('approvals.rules.all')}
      </td>
      <td className={tableStyles.text}>
        {rule.groups?.join(', ') ?? t('models.everyone')}
      </td>
      <td className={tableStyles.number}>
        {rule.maxDays === undefined
          ? '–'
          : t('access.request.days', { days: String(rule.maxDays) })}
      </td>
      <td>
        <Chip
          tone={approves ? 'positive' : 'neutral'}
          icon={approves ? <CheckIcon /> : <QuestionIcon />}
        >
          {approves
            ? t('approvals.rules.approve')
            : t(`approvals.rules.ask.${rule.approvers ?? 'either'}`)}
        </Chip>
      </td>
    </tr>
  );
}
