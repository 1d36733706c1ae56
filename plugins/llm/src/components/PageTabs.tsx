import { PageLink } from '../navigation';
import styles from './PageTabs.module.css';

/** The tabs of a page: each has an address of its own. */
export function PageTabs<T extends string>(props: {
  label: string;
  tabs: Array<{ id: T; name: string; href: string }>;
  current: T;
}) {
  return (
    <nav className={styles.tabs} aria-label={props.label}>
      {props.tabs.map(tab => (
        <PageLink
          key={tab.id}
          to={tab.href}
          aria-current={tab.id === props.current ? 'page' : undefined}
        >
          {tab.name}
        </PageLink>
      ))}
    </nav>
  );
}
