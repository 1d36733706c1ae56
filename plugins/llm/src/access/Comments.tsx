import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestCommentEntry } from '@slipway/plugin-llm-common';
import { Age, useNow } from '../format';
import { llmTranslationRef } from '../translation';
import { Person } from './Person';
import styles from './Comments.module.css';

/** What was said about a request, in order. */
export function Comments(props: { comments: RequestCommentEntry[] }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const now = useNow(60_000);
  if (props.comments.length === 0) {
    return null;
  }
  return (
    <ol className={styles.list} aria-label={t('access.request.said')}>
      {props.comments.map(entry => (
        <li key={`${entry.at} ${entry.step}`}>
          <div className={styles.who}>
            <Person entityRef={entry.author} />
            {', '}
            {t(`access.said.${entry.step}`)}
            {', '}
            <Age since={entry.at} nowMs={now} /> {t('access.ago')}
          </div>
          <div className={styles.words}>{entry.comment}</div>
        </li>
      ))}
    </ol>
  );
}
