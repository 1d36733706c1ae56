import { Alert } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestDetail } from '@slipway/plugin-llm-common';
import { CodeBlock } from '../components/CodeBlock';
import { DateTime } from '../format';
import { llmTranslationRef } from '../translation';

/** The `LLMModel` that a request for a new model asks for, and what became of it. */
export function NewModel(props: {
  newModel: NonNullable<RequestDetail['newModel']>;
}) {
  const { manifest, appliedAt, problem } = props.newModel;
  const { t } = useTranslationRef(llmTranslationRef);
  return (
    <>
      {problem && (
        <Alert
          status="warning"
          icon
          title={t('access.newModel.problem')}
          description={problem}
        />
      )}
      {appliedAt && (
        <p>
          {t('access.newModel.applied')} <DateTime iso={appliedAt} />
        </p>
      )}
      <CodeBlock text={manifest} label={t('access.newModel.manifest')} />
    </>
  );
}
