import { Skeleton, VisuallyHidden } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { Delayed } from '../components/Delayed';
import { llmTranslationRef } from '../translation';
import styles from './ModelPage.module.css';

/** The shape of the page while the first answer is on its way. */
export function ModelSkeleton() {
  const { t } = useTranslationRef(llmTranslationRef);
  return (
    <Delayed>
      <VisuallyHidden>
        <span role="status">{t('state.loading')}</span>
      </VisuallyHidden>
      <div className={styles.columns} aria-hidden="true">
        <div className={`${styles.column} ${styles.first}`}>
          <Skeleton height={180} />
        </div>
        <div className={`${styles.column} ${styles.aside}`}>
          <Skeleton height={140} />
          <Skeleton height={280} />
        </div>
        <div className={`${styles.column} ${styles.rest}`}>
          <Skeleton height={280} />
        </div>
      </div>
    </Delayed>
  );
}
