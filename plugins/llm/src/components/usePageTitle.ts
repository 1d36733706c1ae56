import { useEffect } from 'react';
import { configApiRef, useApiHolder } from '@backstage/frontend-plugin-api';

/** Names the window after the page, so that tabs, bookmarks and the history tell pages apart; the app's own name follows. */
export function usePageTitle(title: string): void {
  const app = useApiHolder().get(configApiRef)?.getOptionalString('app.title');
  useEffect(() => {
    document.title = app ? `${title} · ${app}` : title;
    // Stock pages may name nothing: this page's name must not stay.
    return () => {
      document.title = app ?? '';
    };
  }, [title, app]);
}
