import { ReactNode } from 'react';
import { SidebarPinStateContextProvider } from './SidebarPinState';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { appTranslationRef } from '../../translation';
import styles from './Shell.module.css';

/** The portal's frame: sidebar at the left, page at the right, and a link that skips the sidebar. */
export function Layout(props: { nav: ReactNode; content: ReactNode }) {
  const { t } = useTranslationRef(appTranslationRef);
  return (
    <SidebarPinStateContextProvider>
      <div className={styles.shell}>
        <a className={styles.skip} href="#content">
          {t('shell.skip')}
        </a>
        {props.nav}
        <div id="content" className={styles.content} tabIndex={-1}>
          {props.content}
        </div>
      </div>
    </SidebarPinStateContextProvider>
  );
}
