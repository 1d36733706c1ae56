import { Button, ButtonLink } from '@backstage/ui';
import {
  RiCloseCircleLine,
  RiLockLine,
  RiRefreshLine,
  RiSearchLine,
} from '@remixicon/react';
import { ResponseError } from '@backstage/errors';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { statusOf } from '../live';
import { useModelLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import { StatePanel } from './StatePanel';

/**
 * A page that could not be loaded: not found or not yours (the same words for both), not allowed, or failed, which an expired session is,
 * too: another try may do. Only for a page
 * that has nothing to show; one that has keeps its rows.
 */
export function ErrorState(props: {
  error: Error;
  /** The title of a failure. */
  title: string;
  retry(): void;
}) {
  const { error, title, retry } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useModelLinks();
  const status = statusOf(error);
  if (status === 404) {
    return (
      <StatePanel
        icon={<RiSearchLine size={16} />}
        title={t('state.notFoundTitle')}
        actions={
          <ButtonLink variant="primary" href={links.models()}>
            {t('state.backToModels')}
          </ButtonLink>
        }
      >
        {t('state.notFoundText')}
      </StatePanel>
    );
  }
  if (status === 403) {
    return (
      <StatePanel
        icon={<RiLockLine size={16} />}
        title={t('state.notAllowedTitle')}
        actions={
          <ButtonLink variant="primary" href="/">
            {t('state.toHome')}
          </ButtonLink>
        }
      >
        {t('state.notAllowedText')}
      </StatePanel>
    );
  }
  const requestId = requestIdOf(error);
  return (
    <StatePanel
      role="alert"
      icon={<RiCloseCircleLine size={16} />}
      title={title}
      detail={requestId && t('state.requestId', { id: requestId })}
      actions={
        <Button variant="primary" iconStart={<RiRefreshLine />} onPress={retry}>
          {t('state.tryAgain')}
        </Button>
      }
    >
      {t('state.errorText', { message: messageOf(error) })}
    </StatePanel>
  );
}

/** What the server said, without the client's "Request failed with …" where there is something better. */
export function messageOf(error: Error): string {
  const said =
    error instanceof ResponseError ? error.body.error.message : undefined;
  return said ?? error.message;
}

function requestIdOf(error: Error): string | undefined {
  if (!(error instanceof ResponseError)) {
    return undefined;
  }
  return error.response.headers?.get('x-request-id') ?? undefined;
}
