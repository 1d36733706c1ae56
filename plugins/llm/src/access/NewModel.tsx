import { useState } from 'react';
import { Alert, Button } from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestDetail } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { CodeBlock } from '../components/CodeBlock';
import { messageOf } from '../components/ErrorState';
import { DateTime } from '../format';
import { announceOwnChange } from '../live';
import { llmTranslationRef } from '../translation';
import { ProgressLine } from './NewModelProgress';

/** The `LLMModel` that a request for a new model asks for, and what became of it. */
export function NewModel(props: {
  request: Pick<RequestDetail, 'id' | 'newModel' | 'progress'>;
}) {
  const { id, newModel, progress } = props.request;
  const { t } = useTranslationRef(llmTranslationRef);
  if (!newModel) {
    return null;
  }
  return (
    <>
      {progress && progress.state !== 'made' && (
        <p>
          <ProgressLine progress={progress} isLong />
        </p>
      )}
      {progress?.problem && (
        <Alert
          status={progress.state === 'stopped' ? 'danger' : 'warning'}
          icon
          title={t(
            progress.state === 'stopped'
              ? 'access.newModel.stopped'
              : 'access.newModel.problem',
          )}
          description={progress.problem}
          customActions={progress.mayRetry ? <Retry id={id} /> : undefined}
        />
      )}
      {newModel.appliedAt && (
        <p>
          {t('access.newModel.applied')} <DateTime iso={newModel.appliedAt} />
          {progress?.pullRequest && (
            <>
              {' · '}
              <ProgressLine progress={progress} />
            </>
          )}
        </p>
      )}
      <CodeBlock
        text={newModel.manifest}
        label={t('access.newModel.manifest')}
      />
    </>
  );
}

/** Has it tried again at once. */
function Retry(props: { id: string }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<Error>();
  const retry = async () => {
    setPending(true);
    setError(undefined);
    try {
      await api.retryNewModel(props.id);
      announceOwnChange();
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
    setPending(false);
  };
  return (
    <>
      {error && <span role="alert">{messageOf(error)}</span>}
      <Button size="small" isPending={isPending} onPress={retry}>
        {t('access.newModel.retry')}
      </Button>
    </>
  );
}
