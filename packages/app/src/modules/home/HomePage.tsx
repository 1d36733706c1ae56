import useAsync from 'react-use/esm/useAsync';
import { PluginHeader } from '@backstage/ui';
import {
  RiLayoutGridLine,
  RiBox3Line,
  RiFileTextLine,
  RiHome5Line,
} from '@remixicon/react';
import {
  identityApiRef,
  useApi,
  useTranslationRef,
} from '@backstage/frontend-plugin-api';
import { HomePageLayoutProps } from '@backstage/plugin-home-react/alpha';
import { ActionList, ActionRow, usePageTitle } from '@slipway/plugin-llm';
import { appTranslationRef } from '../../translation';
import { useHasDocs } from '../shell';
import styles from './HomePage.module.css';

/** Plugins whose widgets are on Home. Stock widgets (search, notifications, starred) would only repeat the sidebar. */
const shown = ['llm'];
/** What needs somebody stands above everything else. It is not there where nothing waits. */
const TASKS = 'home-page-widget:llm/tasks';

/** Home: a greeting, what to do next, and what our own plugins want to show. */
export function HomePage(props: HomePageLayoutProps) {
  const { t } = useTranslationRef(appTranslationRef);
  usePageTitle(t('shell.home'));
  const identityApi = useApi(identityApiRef);
  const { value: name } = useAsync(async () => {
    const profile = await identityApi.getProfileInfo();
    return profile.displayName?.split(' ')[0];
  }, [identityApi]);
  const ours = props.widgets.filter(widget =>
    shown.includes(widget.node.spec.plugin.pluginId),
  );
  const tasks = ours.find(({ node }) => node.spec.id === TASKS);
  const widgets = ours.filter(widget => widget !== tasks);
  const hasDocs = useHasDocs();
  const now = new Date();

  return (
    <>
      <header>
        <PluginHeader title={t('shell.home')} icon={<RiHome5Line />} />
      </header>
      <main className={styles.page}>
        <div className={styles.greeting}>
          <h2>{name ? t(greetingKey(now.getHours()), { name }) : '\u00a0'}</h2>
          <time dateTime={now.toISOString()}>
            {now.toLocaleDateString('en-GB', {
              weekday: 'short',
              day: 'numeric',
              month: 'short',
              year: 'numeric',
            })}
          </time>
        </div>
        <div className={widgets.length > 0 ? styles.columns : undefined}>
          <div>
            {tasks?.component}
            <section className={styles.card} aria-labelledby="home-next">
              <h3 id="home-next">{t('home.next')}</h3>
              <ActionList>
                <ActionRow
                  icon={<RiBox3Line size={16} />}
                  title={t('home.callTitle')}
                  text={t('home.callText')}
                  href="/models"
                  button={t('home.callButton')}
                  primary
                />
                <ActionRow
                  icon={<RiLayoutGridLine size={16} />}
                  title={t('home.findTitle')}
                  text={t('home.findText')}
                  href="/catalog"
                  button={t('home.findButton')}
                />
                {hasDocs && (
                  <ActionRow
                    icon={<RiFileTextLine size={16} />}
                    title={t('home.learnTitle')}
                    text={t('home.learnText')}
                    href="/docs"
                    button={t('home.learnButton')}
                  />
                )}
              </ActionList>
            </section>
          </div>
          {widgets.length > 0 && (
            <div className={styles.widgets}>
              {widgets.map(widget => (
                <div key={widget.node.spec.id}>{widget.component}</div>
              ))}
            </div>
          )}
        </div>
      </main>
    </>
  );
}

function greetingKey(hour: number) {
  if (hour < 12) {
    return 'home.morning' as const;
  }
  return hour < 18 ? ('home.afternoon' as const) : ('home.evening' as const);
}
