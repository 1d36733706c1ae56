import { Skeleton, VisuallyHidden } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { Delayed } from '../components/Delayed';
import { llmTranslationRef } from '../translation';
import styles from './TableSkeleton.module.css';

const widths = [120, 148, 104];

/** The shape of a table while the first rows are on their way. */
export function TableSkeleton() {
  const { t } = useTranslationRef(llmTranslationRef);
  return (
    <Delayed>
      <VisuallyHidden>
        <span role="status">{t('state.loading')}</span>
      </VisuallyHidden>
      <div className={styles.rows} aria-hidden="true">
        {widths.map(width => (
          <div key={width} className={styles.row}>
            <Skeleton width={width} height={14} />
            <Skeleton width={80} height={20} rounded />
            <Skeleton width={96} height={14} />
            <Skeleton width={64} height={28} />
          </div>
        ))}
      </div>
    </Delayed>
  );
}
