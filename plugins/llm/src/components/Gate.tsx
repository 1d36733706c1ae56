import { ReactElement, ReactNode } from 'react';
import { ButtonLink, Skeleton, VisuallyHidden } from '@backstage/ui';
import { RiLockLine, RiShieldLine } from '@remixicon/react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import {
  AccessPages,
  pagesOf,
  Standing,
  useOutsiderWords,
  useStanding,
} from '../standing';
import { useModelLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import { Delayed } from './Delayed';
import { ErrorState } from './ErrorState';
import { PageHeader } from './PageHeader';
import { StatePanel } from './StatePanel';
import styles from './Gate.module.css';

/**
 * Lets those who can open a page see it; to others it says the page's name and who can open it, and nothing that is on it. Whoever is in no
 * tenant learns that, and how to get into one.
 */
export function Gate(props: {
  page: keyof AccessPages;
  icon: ReactElement;
  title: string;
  /** Who can open it, in words. */
  whoCan: { title: string; text: string };
  children(standing: Standing): ReactNode;
}) {
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useModelLinks();
  const { standing, error, retry } = useStanding();
  const outsider = useOutsiderWords(standing);
  if (standing && pagesOf(standing)[props.page]) {
    return <>{props.children(standing)}</>;
  }
  const told = standing?.tenants.length === 0 ? outsider : undefined;
  return (
    <>
      <PageHeader icon={props.icon} title={props.title} />
      <main className={styles.page}>
        {error && (
          <div className={styles.card}>
            <ErrorState
              error={error}
              title={t('access.errorTitle')}
              retry={retry}
            />
          </div>
        )}
        {!error && !standing && (
          <Delayed>
            <VisuallyHidden>
              <span role="status">{t('state.loading')}</span>
            </VisuallyHidden>
            <div className={styles.skeleton} aria-hidden="true">
              <Skeleton width={160} height={16} />
              <Skeleton width={420} height={12} />
              <Skeleton width={380} height={12} />
            </div>
          </Delayed>
        )}
        {!error && standing && (
          <div className={styles.card}>
            <StatePanel
              icon={
                told ? <RiShieldLine size={16} /> : <RiLockLine size={16} />
              }
              title={(told ?? props.whoCan).title}
              actions={
                <ButtonLink variant="primary" href={links.models()}>
                  {t('state.backToModels')}
                </ButtonLink>
              }
            >
              {(told ?? props.whoCan).text}
            </StatePanel>
          </div>
        )}
      </main>
    </>
  );
}
