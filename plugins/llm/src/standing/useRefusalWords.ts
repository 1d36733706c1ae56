import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { llmTranslationRef } from '../translation';
import { refusalOf, Standing } from './pagesOf';

/** Why every call of hers is refused and what helps, in words; nothing while calls may get through, or while it is not known. */
export function useRefusalWords(
  standing: Standing | undefined,
): { title: string; text: string } | undefined {
  const { t } = useTranslationRef(llmTranslationRef);
  const outsider = useOutsiderWords(standing);
  const refusal = standing && refusalOf(standing);
  if (!standing || !refusal) {
    return undefined;
  }
  if (refusal === 'no-tenant') {
    return outsider;
  }
  if (refusal === 'user-blocked') {
    return {
      title: t('access.blockedTitle'),
      text: t('access.blockedText', { account: standing.me }),
    };
  }
  const isBlock = refusal === 'tenant-blocked';
  const names = standing.tenants.flatMap(
    ({ displayName, isMember, isBlocked }) =>
      isMember && (isBlocked || !isBlock) ? displayName : [],
  );
  if (isBlock) {
    return {
      title: t('access.tenantBlockedTitle', {
        count: names.length,
        tenants: names.join(', '),
      }),
      text: t('access.tenantBlockedText'),
    };
  }
  return {
    title: t('access.suspendedTitle', {
      count: names.length,
      tenants: names.join(', '),
    }),
    text: t('access.suspendedText'),
  };
}

/** What is said to who is in no tenant. That calls are refused for that is only true where an authorizer is asked. */
export function useOutsiderWords(
  standing: Standing | undefined,
): { title: string; text: string } | undefined {
  const { t } = useTranslationRef(llmTranslationRef);
  if (!standing) {
    return undefined;
  }
  const who = t('access.outsiderText', { account: standing.me });
  return {
    title: t('access.outsiderTitle'),
    text:
      standing.judge === 'gateway'
        ? who
        : `${t('access.outsiderRefused')} ${who}`,
  };
}
