import { Skeleton, VisuallyHidden } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { Delayed } from '../components/Delayed';
import { llmTranslationRef } from '../translation';
import styles from './ModelsSkeleton.module.css';

const widths = [120, 148, 104, 132, 96, 140];

/** The shape of the table while the first rows are on their way. */
export function ModelsSkeleton() {
  const { t } = useTranslationRef(llmTranslationRef);
  return (
    <Delayed>
      <VisuallyHidden>
        <span role="status">{t('state.loading')}</span>
      </VisuallyHidden>
      <div className={styles.rows} aria-hidden="true">
        {widths.map((width, index) => (
          <div key={index} className={styles.row}>
            <div className={styles.name}>
              <Skeleton width={width} height={14} />
              <Skeleton width={width + 48} height={8} />
            </div>
            <Skeleton width={80} height={20} rounded />
            <Skeleton width={64} height={14} />
            <Skeleton width={88} height={28} />
          </div>
        ))}
      </div>
    </Delayed>
  );
}
