import { ButtonLink, PluginHeader } from '@backstage/ui';
import { RiSearchLine } from '@remixicon/react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { StatePanel, usePageTitle } from '@slipway/plugin-llm';
import { appTranslationRef } from '../../translation';
import styles from './NotFoundPage.module.css';

/** An address that leads nowhere, in the words and the shape of the other pages, with the way back. */
export function NotFoundPage() {
  const { t } = useTranslationRef(appTranslationRef);
  usePageTitle(t('notFound.header'));
  return (
    <>
      <header>
        <PluginHeader title={t('notFound.header')} icon={<RiSearchLine />} />
      </header>
      <main className={styles.page}>
        <div className={styles.card}>
          <StatePanel
            icon={<RiSearchLine size={16} />}
            title={t('notFound.title')}
            actions={
              <>
                <ButtonLink variant="primary" href="/">
                  {t('notFound.home')}
                </ButtonLink>
                <ButtonLink variant="secondary" href="/models">
                  {t('home.callButton')}
                </ButtonLink>
              </>
            }
          >
            {t('notFound.text')}
          </StatePanel>
        </div>
      </main>
    </>
  );
}
