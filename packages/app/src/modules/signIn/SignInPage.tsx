import { useCallback, useEffect, useState } from 'react';
import { Button } from '@backstage/ui';
import { UserIdentity } from '@backstage/core-components';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { SignInPageProps } from '@backstage/plugin-app-react';
import { appTranslationRef } from '../../translation';
import { LogoMark } from '../shell/Logo';
import { oidcAuthApiRef } from './oidcAuthApi';
import styles from './SignInPage.module.css';

type State =
  | { step: 'checking' }
  | { step: 'ready' }
  | { step: 'busy' }
  | { step: 'failed'; error: Error };

/**
 * The first page of somebody without a session. It never redirects by itself: whoever signed out stays signed out. A
 * session that is still there is taken up without a click.
 */
export function SignInPage(props: SignInPageProps) {
  const { onSignInSuccess } = props;
  const { t } = useTranslationRef(appTranslationRef);
  const authApi = useApi(oidcAuthApiRef);
  const [state, setState] = useState<State>({ step: 'checking' });

  const enter = useCallback(
    async (optional: boolean) => {
      const identity = await authApi.getBackstageIdentity({
        optional,
        instantPopup: !optional,
      });
      if (!identity) {
        return false;
      }
      onSignInSuccess(
        UserIdentity.create({ identity: identity.identity, authApi }),
      );
      return true;
    },
    [authApi, onSignInSuccess],
  );

  useEffect(() => {
    let gone = false;
    enter(true).then(
      entered => !gone && !entered && setState({ step: 'ready' }),
      // No session, or one that has ended: both mean "sign in", and the button says so.
      () => !gone && setState({ step: 'ready' }),
    );
    return () => {
      gone = true;
    };
  }, [enter]);

  const signIn = async () => {
    setState({ step: 'busy' });
    try {
      await enter(false);
    } catch (error) {
      setState({
        step: 'failed',
        error: error instanceof Error ? error : new Error(String(error)),
      });
    }
  };

  if (state.step === 'checking') {
    return (
      <main className={styles.page} aria-busy="true">
        <span className={styles.hidden} role="status">
          {t('signIn.checking')}
        </span>
      </main>
    );
  }
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <span className={styles.mark}>
          <LogoMark size={28} />
        </span>
        <h1 className={styles.heading}>{t('signIn.heading')}</h1>
        <p className={styles.lead}>{t('signIn.lead')}</p>
        {state.step === 'failed' && (
          <div className={styles.failure} role="alert">
            <strong>{t('signIn.failedTitle')}</strong>
            <span>{explain(state.error, t)}</span>
          </div>
        )}
        <Button
          className={styles.button}
          variant="primary"
          isPending={state.step === 'busy'}
          onPress={signIn}
        >
          {t('signIn.button')}
        </Button>
        <p className={styles.hint} role="status">
          {state.step === 'busy' ? t('signIn.busy') : t('signIn.hint')}
        </p>
      </div>
    </main>
  );
}

function explain(
  error: Error,
  t: ReturnType<typeof useTranslationRef<(typeof appTranslationRef)['T']>>['t'],
): string {
  if (error.name === 'PopupRejectedError' || /popup/i.test(error.message)) {
    return t('signIn.popupClosed');
  }
  if (/unable to resolve user identity|no .*user/i.test(error.message)) {
    return t('signIn.unknownUser');
  }
  return t('signIn.failed', { message: error.message });
}
