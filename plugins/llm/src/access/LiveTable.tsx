import { ReactNode } from 'react';
import { Button } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ErrorState } from '../components/ErrorState';
import tableStyles from '../components/table.module.css';
import { LiveResource } from '../live';
import { llmTranslationRef } from '../translation';
import { TableSkeleton } from './TableSkeleton';
import styles from './LiveTable.module.css';

/** The head of one column. */
export interface LiveTableColumn {
  title: string;
  /** Goes first where the page is narrow. */
  isWide?: boolean;
  isNumber?: boolean;
  /** For columns of buttons: only heard, not seen. */
  isHidden?: boolean;
}

/** A table of what is loaded, in every state that it can be in: on its way, failed, empty, and with more to come. */
export function LiveTable(props: {
  resource: LiveResource<unknown>;
  caption: string;
  columns: LiveTableColumn[];
  /** Whether there is nothing to show; undefined until that is known. */
  isEmpty: boolean | undefined;
  /** Stands in for the table when there is nothing to show. */
  empty: ReactNode;
  /** Rows at the middle of their cells instead of the top. */
  isMiddle?: boolean;
  /** Present while there is more. */
  onMore?: () => void;
  /** The rows. */
  children: ReactNode;
}) {
  const { resource, caption, columns, isEmpty, empty, onMore } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  if (isEmpty === undefined) {
    return resource.error ? (
      <ErrorState
        error={resource.error}
        title={t('access.errorTitle')}
        retry={resource.retry}
      />
    ) : (
      <TableSkeleton />
    );
  }
  return (
    <>
      {isEmpty ? (
        empty
      ) : (
        <table
          className={`${tableStyles.table} ${
            props.isMiddle ? styles.middle : ''
          }`}
        >
          <caption className={tableStyles.hidden}>{caption}</caption>
          <thead>
            <tr>
              {columns.map(column => (
                <Head key={column.title} column={column} />
              ))}
            </tr>
          </thead>
          <tbody>{props.children}</tbody>
        </table>
      )}
      {onMore && (
        <div className={styles.more}>
          <Button size="small" variant="secondary" onPress={onMore}>
            {t('access.more')}
          </Button>
        </div>
      )}
    </>
  );
}

function Head(props: { column: LiveTableColumn }) {
  const { title, isWide, isNumber, isHidden } = props.column;
  const classes = [
    isNumber && tableStyles.number,
    isWide && tableStyles.wide,
  ].filter(Boolean);
  return (
    <th scope="col" className={classes.join(' ') || undefined}>
      {isHidden ? <span className={tableStyles.hidden}>{title}</span> : title}
    </th>
  );
}
