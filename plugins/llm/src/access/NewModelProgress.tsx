import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { NewModelProgress } from '@slipway/plugin-llm-common';
import { DateTime } from '../format';
import { llmTranslationRef } from '../translation';
import linkStyles from './ModelLink.module.css';

/** How far a new model that was approved is: in words, with its pull request. */
export function ProgressLine(props: {
  progress: NewModelProgress;
  /** Says since when, too. */
  isLong?: boolean;
}) {
  const { progress, isLong } = props;
  const { pullRequest } = progress;
  const { t } = useTranslationRef(llmTranslationRef);
  const isClosed =
    progress.state === 'stopped' && pullRequest?.state === 'closed';
  return (
    <>
      {t(`access.newModel.state.${isClosed ? 'closed' : progress.state}`)}
      {pullRequest && (
        <>
          {' · '}
          <a
            className={linkStyles.link}
            href={pullRequest.url}
            target="_blank"
            rel="noopener noreferrer"
          >
            {t('access.newModel.pullRequest')}
          </a>
          {isLong && progress.state !== 'made' && (
            <>
              {' · '}
              {t('access.newModel.since')} <DateTime iso={pullRequest.since} />
            </>
          )}
        </>
      )}
    </>
  );
}
