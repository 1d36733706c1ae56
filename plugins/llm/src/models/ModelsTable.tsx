import {
  forwardRef,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from 'react';
import {
  defaultRangeExtractor,
  useWindowVirtualizer,
} from '@tanstack/react-virtual';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelQuery, ModelSummary } from '@slipway/plugin-llm-common';
import tableStyles from '../components/table.module.css';
import { useNow } from '../format';
import { useAccessLinks, useModelLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import { ModelRow } from './ModelRow';
import { SortHeader } from './SortHeader';
import { ModelSort } from './useModelsQuery';
import styles from './ModelsTable.module.css';

/** Up to here all rows are in the document, so that the browser's own search finds them. */
const ALL_BELOW = 200;
const ROW_HEIGHT = 56;
const COLUMNS = 8;

/** What the page's keys do with the table. */
export interface ModelsTableHandle {
  /** Moves the focus to the next or previous model. */
  move(by: 1 | -1): void;
}

/** The rows: a real table whose rows come and go with the window's scrolling once there are many. */
export const ModelsTable = forwardRef<
  ModelsTableHandle,
  {
    rows: ModelSummary[];
    totalItems: number;
    query: ModelQuery;
    caption: string;
    onSort(sort: ModelSort): void;
    onEndReached(): void;
    /** Told of the rows in the window when others are, or they changed. */
    onSight(rows: ModelSummary[]): void;
    onAsk(model: ModelSummary): void;
  }
>(function Table(props, ref) {
  const { rows, totalItems, query, onSort, onEndReached, onSight, onAsk } =
    props;
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useModelLinks();
  const requestsHref = useAccessLinks().access('requests');
  const now = useNow(5_000);
  const table = useRef<HTMLTableElement>(null);
  const [top, setTop] = useState(0);
  useEffect(() => {
    setTop(table.current?.offsetTop ?? 0);
  }, []);

  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: index => rows[index].uid,
    overscan: 10,
    scrollMargin: top,
    rangeExtractor: range =>
      range.count <= ALL_BELOW
        ? Array.from({ length: range.count }, (_, index) => index)
        : defaultRangeExtractor(range),
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0];
  const last = items[items.length - 1];
  const before = first ? first.start - top : 0;
  const after = last ? virtualizer.getTotalSize() - (last.end - top) : 0;

  const { startIndex = 0, endIndex = 0 } = virtualizer.range ?? {};
  useEffect(() => {
    onSight(rows.slice(startIndex, endIndex + 1));
  }, [rows, startIndex, endIndex, onSight]);

  const nearEnd = endIndex >= rows.length - 20;
  useEffect(() => {
    if (nearEnd && rows.length < totalItems) {
      onEndReached();
    }
  }, [nearEnd, rows.length, totalItems, onEndReached]);

  useImperativeHandle(ref, () => ({
    move: by => {
      const body = table.current;
      const at = Number(
        document.activeElement?.closest('tr')?.dataset.index ?? -1,
      );
      const to = Math.min(rows.length - 1, Math.max(0, at + by));
      virtualizer.scrollToIndex(to, { align: 'auto' });
      // A row that was out of sight exists after the next paint.
      requestAnimationFrame(() =>
        body
          ?.querySelector<HTMLAnchorElement>(`tr[data-index="${to}"] a`)
          ?.focus(),
      );
    },
  }));

  const sorted = { sort: query.sort ?? 'name', order: query.order ?? 'asc' };
  return (
    <table
      ref={table}
      className={`${tableStyles.table} ${styles.table}`}
      aria-rowcount={totalItems + 1}
    >
      <caption className={tableStyles.hidden}>{props.caption}</caption>
      <thead>
        <tr>
          <SortHeader sort="name" sorted={sorted} onSort={onSort}>
            {t('models.columnModel')}
          </SortHeader>
          <SortHeader sort="phase" sorted={sorted} onSort={onSort}>
            {t('models.columnPhase')}
          </SortHeader>
          <th scope="col" className={tableStyles.number}>
            {t('models.columnReplicas')}
          </th>
          <SortHeader sort="gpus" sorted={sorted} onSort={onSort}>
            {t('models.columnGpus')}
          </SortHeader>
          <th scope="col" className={tableStyles.wide}>
            {t('models.columnOpenTo')}
          </th>
          <th scope="col" className={tableStyles.wide}>
            {t('models.columnEndpoints')}
          </th>
          <SortHeader
            sort="age"
            sorted={sorted}
            onSort={onSort}
            className={`${tableStyles.number} ${tableStyles.wide}`}
          >
            {t('models.columnAge')}
          </SortHeader>
          <th scope="col">{t('models.columnNext')}</th>
        </tr>
      </thead>
      <tbody>
        {before > 0 && <Spacer height={before} />}
        {items.map(item => (
          <ModelRow
            key={item.key}
            ref={virtualizer.measureElement}
            index={item.index}
            model={rows[item.index]}
            href={links.model(rows[item.index])}
            requestsHref={requestsHref}
            onAsk={onAsk}
            t={t}
            now={now}
          />
        ))}
        {after > 0 && <Spacer height={after} />}
      </tbody>
    </table>
  );
});

function Spacer(props: { height: number }) {
  return (
    <tr aria-hidden="true" className={styles.spacer}>
      <td colSpan={COLUMNS} style={{ height: props.height }} />
    </tr>
  );
}
