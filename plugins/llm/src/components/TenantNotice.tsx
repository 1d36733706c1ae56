import { Alert } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { Standing, useRefusalWords } from '../standing';
import { llmTranslationRef } from '../translation';

/** Says first that every call of hers is refused, why, and who can change that; nothing while calls may get through. */
export function TenantNotice(props: { standing: Standing | undefined }) {
  const words = useRefusalWords(props.standing);
  return words ? (
    <Alert status="warning" icon title={words.title} description={words.text} />
  ) : null;
}

/** Says that grants and keys count for nothing where nobody asks for them; nothing where somebody does. */
export function NativeNotice(props: { standing: Standing }) {
  const { t } = useTranslationRef(llmTranslationRef);
  return props.standing.judge === 'gateway' ? (
    <Alert
      status="info"
      icon
      title={t('access.nativeTitle')}
      description={t('access.nativeText')}
    />
  ) : (
    <TenantNotice standing={props.standing} />
  );
}
