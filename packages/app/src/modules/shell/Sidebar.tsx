import { ReactNode } from 'react';
import { NavLink } from 'react-router-dom';
import useAsync from 'react-use/esm/useAsync';
import {
  RiAddLine,
  RiLayoutGridLine,
  RiFileTextLine,
  RiHome5Line,
  RiNotification3Line,
  RiSearchLine,
  RiSettings3Line,
} from '@remixicon/react';
import {
  IconElement,
  identityApiRef,
  useApi,
  useTranslationRef,
} from '@backstage/frontend-plugin-api';
import {
  NavContentComponentProps,
  NavContentNavItem,
} from '@backstage/plugin-app-react';
import { PageNotice, useAccessNavigation } from '@slipway/plugin-llm';
import { appTranslationRef } from '../../translation';
import { LogoMark } from './Logo';
import { useHasDocs } from './useHasDocs';
import styles from './Shell.module.css';

/** Pages that are reached from within others and would only make the sidebar longer. */
const notListed = ['page:api-docs', 'page:catalog-graph', 'page:kubernetes'];

/** Pages of the plugin `llm`, in the order of the work: use, ask, decide, run, pay. */
const llmOrder = [
  'models',
  'access',
  'approvals',
  'tenants',
  'capacity',
  'spend',
];

function Item(props: {
  to: string;
  icon: IconElement;
  end?: boolean;
  className?: string;
  /** How many things in it wait for the person. */
  waiting?: { count: number; more: boolean };
  children: ReactNode;
}) {
  const { t } = useTranslationRef(appTranslationRef);
  const { waiting } = props;
  return (
    <NavLink
      to={props.to}
      end={props.end}
      className={[styles.item, props.className].filter(Boolean).join(' ')}
    >
      <span className={styles.icon} aria-hidden="true">
        {props.icon}
      </span>
      <span className={styles.label}>{props.children}</span>
      {waiting && (
        <span
          className={styles.badge}
          aria-label={t('shell.waiting', {
            count: waiting.count,
            number: waiting.more ? `${waiting.count}+` : String(waiting.count),
          })}
          role="img"
        >
          {waiting.more ? `${waiting.count}+` : waiting.count}
        </span>
      )}
    </NavLink>
  );
}

/** The main navigation: only pages that exist for this person, models and GPUs as a group of their own. */
export function Sidebar(props: NavContentComponentProps) {
  const { t } = useTranslationRef(appTranslationRef);
  const hasDocs = useHasDocs();
  const nav = props.navItems.clone();
  const place = (
    id: string,
    title: string,
    icon: IconElement,
    className?: string,
  ) => {
    const item = nav.take(id);
    return item ? (
      <Item
        to={item.href}
        icon={icon}
        end={item.href === '/'}
        className={className}
      >
        {title}
      </Item>
    ) : null;
  };

  const search = place('page:search', t('shell.search'), <RiSearchLine />);
  const home = place('page:home', t('shell.home'), <RiHome5Line />);
  const catalog = place(
    'page:catalog',
    t('shell.catalog'),
    <RiLayoutGridLine />,
  );
  const docs = place('page:techdocs', t('shell.docs'), <RiFileTextLine />);
  const create = place('page:scaffolder', t('shell.create'), <RiAddLine />);
  const notifications = place(
    'page:notifications',
    t('shell.notifications'),
    <RiNotification3Line />,
    styles.end,
  );
  const settings = place(
    'page:user-settings',
    t('shell.settings'),
    <RiSettings3Line />,
    notifications ? undefined : styles.end,
  );
  for (const id of notListed) {
    nav.take(id);
  }
  const rest = [...nav.rest()];
  const llm = rest.filter(isLlm);
  const others = rest
    .filter(item => !isLlm(item))
    .sort((a, b) => a.title.localeCompare(b.title));

  return (
    <nav className={styles.nav} aria-label={t('shell.main')}>
      <NavLink className={styles.brand} to="/" aria-label="Slipway" end>
        <LogoMark />
        <span className={styles.label}>Slipway</span>
      </NavLink>
      {search}
      {search && <hr className={styles.line} />}
      {home}
      {catalog}
      {hasDocs && docs}
      {create}
      {others.map(item => (
        <Item key={item.node.spec.id} to={item.href} icon={item.icon}>
          {item.title}
        </Item>
      ))}
      {llm.length > 0 && <ModelsAndGpus items={llm} />}
      {notifications}
      {settings}
      <hr className={styles.line} />
      <Account />
    </nav>
  );
}

/** The pages of the plugin `llm` that the person can open. Only where the plugin is installed: it is asked. */
function ModelsAndGpus(props: { items: NavContentNavItem[] }) {
  const { t } = useTranslationRef(appTranslationRef);
  const notices = useAccessNavigation();
  const shown = props.items
    .map(item => ({ item, notice: noticeOf(item, notices) }))
    .filter(({ notice }) => notice?.shown ?? true)
    .sort((a, b) => rank(a.item) - rank(b.item));
  return (
    <>
      <hr className={styles.line} />
      <div className={styles.group} id="nav-models-and-gpus">
        {t('shell.modelsAndGpus')}
      </div>
      <ul className={styles.list} aria-labelledby="nav-models-and-gpus">
        {shown.map(({ item, notice }) => (
          <li key={item.node.spec.id}>
            <Item to={item.href} icon={item.icon} waiting={notice?.waiting}>
              {item.title}
            </Item>
          </li>
        ))}
      </ul>
    </>
  );
}

function isLlm(item: NavContentNavItem): boolean {
  return item.node.spec.plugin.pluginId === 'llm';
}

function nameOf(item: NavContentNavItem): string {
  return item.node.spec.id.replace('page:llm/', '');
}

/** What the plugin says about one of its pages; nothing about pages that everybody can open. */
function noticeOf(
  item: NavContentNavItem,
  notices: ReturnType<typeof useAccessNavigation>,
): PageNotice | undefined {
  const name = nameOf(item);
  return name === 'access' || name === 'approvals' ? notices[name] : undefined;
}

function rank(item: NavContentNavItem): number {
  const name = nameOf(item);
  const index = llmOrder.indexOf(name);
  return index === -1 ? llmOrder.length : index;
}

function Account() {
  const { t } = useTranslationRef(appTranslationRef);
  const identityApi = useApi(identityApiRef);
  const { value } = useAsync(async () => {
    const [profile, identity] = await Promise.all([
      identityApi.getProfileInfo(),
      identityApi.getBackstageIdentity(),
    ]);
    const account = identity.userEntityRef.split('/').pop() ?? '';
    return {
      name: profile.displayName ?? account,
      account: profile.email ?? account,
    };
  }, [identityApi]);
  if (!value) {
    return null;
  }
  return (
    <NavLink
      to="/settings"
      className={`${styles.item} ${styles.me}`}
      aria-label={t('shell.account', { name: value.name })}
      aria-current={false}
    >
      <span className={styles.avatar} aria-hidden="true">
        {initials(value.name)}
      </span>
      <span className={styles.label}>
        {value.name}
        <small>{value.account}</small>
      </span>
    </NavLink>
  );
}

/** At most two letters: of the first and the last word of a name. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const first = words[0]?.[0] ?? '';
  const last = words.length > 1 ? words[words.length - 1][0] : '';
  return (first + last).toUpperCase();
}
