import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestSummary } from '@slipway/plugin-llm-common';
import tableStyles from '../components/table.module.css';
import { DateTime } from '../format';
import { llmTranslationRef } from '../translation';
import { ProgressLine } from './NewModelProgress';
import { Person } from './Person';

/** Who decided, or by which rule, and how far a new model is. */
export function Decision(props: { request: RequestSummary }) {
  const { decidedBy, decidedAt, progress } = props.request;
  const { t } = useTranslationRef(llmTranslationRef);
  if (!decidedBy) {
    return <>–</>;
  }
  return (
    <>
      {decidedBy.startsWith('rule:') ? (
        <>
          {t('access.byRule')} <code>{decidedBy.slice(5)}</code>
        </>
      ) : (
        <Person entityRef={decidedBy} />
      )}
      {decidedAt && (
        <div className={tableStyles.small}>
          <DateTime iso={decidedAt} />
        </div>
      )}
      {progress && (
        <div className={tableStyles.small}>
          <ProgressLine progress={progress} />
        </div>
      )}
    </>
  );
}
