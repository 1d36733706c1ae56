import { Alert, Button } from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { AccessPage, GrantSummary } from '@slipway/plugin-llm-common';
import { accessApiRef, GrantQuery } from '../api';
import { useLiveResource } from '../live';
import { llmTranslationRef } from '../translation';
import styles from './DueGrants.module.css';

/** So many are counted; of more it says that there are more. */
const COUNTED = 100;

/** Says that grants are to be confirmed, and leads to them; nothing while there are none. */
export function DueNotice(props: { query: GrantQuery; onShow(): void }) {
  const { query } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const due = useLiveResource<AccessPage<GrantSummary>>({
    key: `due ${JSON.stringify(query)}`,
    load: (_previous, signal) =>
      api.listGrants({ ...query, limit: COUNTED }, signal),
  });
  const count = due.value?.items.length ?? 0;
  if (count === 0) {
    return null;
  }
  return (
    <div className={styles.notice}>
      <Alert
        status="warning"
        icon
        title={
          due.value?.nextCursor
            ? t('access.due.noticeMany', { number: String(count) })
            : t('access.due.notice', { count })
        }
        customActions={
          <Button size="small" variant="secondary" onPress={props.onShow}>
            {t('access.due.show')}
          </Button>
        }
      />
    </div>
  );
}
