import { ReactElement, ReactNode } from 'react';
import { Link } from '@backstage/ui';
import { RiArrowRightSLine } from '@remixicon/react';
import { usePageTitle } from './usePageTitle';
import styles from './PageHeader.module.css';

/**
 * The head of a page as Backstage UI's `PluginHeader` draws it, plus what that one has no place for: the page's own name as
 * its `h1` behind the breadcrumb, and the phase chip beside it. The window bears its name.
 */
export function PageHeader(props: {
  icon: ReactElement;
  title: string;
  breadcrumb?: { label: string; name: string; href: string };
  chip?: ReactNode;
  actions?: ReactNode;
  /** Below: {@link PageTabs}. The line under the head is theirs then. */
  tabs?: ReactNode;
}) {
  const { breadcrumb } = props;
  usePageTitle(props.title);
  return (
    <header>
      <div className={styles.header} data-tabs={props.tabs ? '' : undefined}>
        <span className={styles.icon} aria-hidden="true">
          {props.icon}
        </span>
        {breadcrumb && (
          <nav aria-label={breadcrumb.label} className={styles.breadcrumb}>
            <Link href={breadcrumb.href} standalone>
              {breadcrumb.name}
            </Link>
            <RiArrowRightSLine size={16} aria-hidden="true" />
          </nav>
        )}
        <h1 className={styles.title}>{props.title}</h1>
        {props.chip}
        {props.actions && <div className={styles.actions}>{props.actions}</div>}
      </div>
      {props.tabs}
    </header>
  );
}
