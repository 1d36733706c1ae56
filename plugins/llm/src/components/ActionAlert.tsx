import { Alert } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { llmTranslationRef } from '../translation';
import { messageOf } from './ErrorState';

/** Says why something that was asked for did not happen, in the words of the backend. Nothing while nothing failed. */
export function ActionAlert(props: { error: Error | undefined }) {
  const { t } = useTranslationRef(llmTranslationRef);
  if (!props.error) {
    return null;
  }
  return (
    <Alert
      role="alert"
      status="danger"
      icon
      title={t('dialog.failed')}
      description={messageOf(props.error)}
    />
  );
}
