import { Alert, ButtonLink } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { useAccessLinks } from '../navigation';
import { refusalOf, Standing, useRefusalWords } from '../standing';
import { llmTranslationRef } from '../translation';

/** Says first that every call of hers is refused, why, and who can change that; nothing while calls may get through. */
export function TenantNotice(props: { standing: Standing | undefined }) {
  const { standing } = props;
  const words = useRefusalWords(standing);
  const refusal = standing && refusalOf(standing);
  if (!words) {
    return null;
  }
  const isBlock = refusal === 'user-blocked' || refusal === 'tenant-blocked';
  return isBlock ? (
    <BlockAlert standing={standing} {...words} />
  ) : (
    <Alert status="warning" icon title={words.title} description={words.text} />
  );
}

/** Says that a model is blocked, whoever calls it. */
export function ModelBlockNotice(props: { standing: Standing | undefined }) {
  const { t } = useTranslationRef(llmTranslationRef);
  return (
    <BlockAlert
      standing={props.standing}
      title={t('access.modelBlockedTitle')}
      text={t('access.modelBlockedText')}
    />
  );
}

/** What the kill switch stops; admins are led to where it is lifted. */
function BlockAlert(props: {
  standing: Standing | undefined;
  title: string;
  text: string;
}) {
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useAccessLinks();
  return (
    <Alert
      status="warning"
      icon
      title={props.title}
      description={props.text}
      customActions={
        props.standing?.may.manageAll && (
          <ButtonLink
            size="small"
            variant="secondary"
            href={links.access('blocks')}
          >
            {t('access.seeBlocks')}
          </ButtonLink>
        )
      }
    />
  );
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
