import { ReactNode } from 'react';
import { RiArrowDownLine, RiArrowUpLine } from '@remixicon/react';
import { ModelSort } from './useModelsQuery';
import styles from './ModelsTable.module.css';

const ariaSort = { asc: 'ascending', desc: 'descending' } as const;

/** The head of a column that can be sorted by. */
export function SortHeader(props: {
  sort: ModelSort;
  sorted: { sort: ModelSort; order: 'asc' | 'desc' };
  onSort(sort: ModelSort): void;
  className?: string;
  children: ReactNode;
}) {
  const { sort, sorted, onSort, className, children } = props;
  const order = sorted.sort === sort ? sorted.order : undefined;
  return (
    <th
      scope="col"
      className={className}
      aria-sort={order ? ariaSort[order] : 'none'}
    >
      <button
        type="button"
        className={styles.sort}
        onClick={() => onSort(sort)}
      >
        {children}
        <span aria-hidden="true" data-on={order ? '' : undefined}>
          {order === 'desc' ? (
            <RiArrowDownLine size={12} />
          ) : (
            <RiArrowUpLine size={12} />
          )}
        </span>
      </button>
    </th>
  );
}
