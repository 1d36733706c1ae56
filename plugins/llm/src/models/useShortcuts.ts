import { useCallback, useEffect, useRef, useState } from 'react';

/** Where the choice to switch keys off is kept; per browser, like the theme. */
const STORAGE_KEY = 'slipway.keys';

/** What the page's keys do. */
export interface ShortcutActions {
  search(): void;
  next(): void;
  previous(): void;
  help(): void;
}

/** Single keys on the page: `/` `j` `k` `?`. Not while somebody types, and not when switched off (WCAG 2.1.4). */
export function useShortcuts(actions: ShortcutActions) {
  const latest = useRef(actions);
  latest.current = actions;
  const [enabled, setEnabledState] = useState(
    () => window.localStorage.getItem(STORAGE_KEY) !== 'off',
  );
  const setEnabled = useCallback((on: boolean) => {
    window.localStorage.setItem(STORAGE_KEY, on ? 'on' : 'off');
    setEnabledState(on);
  }, []);

  useEffect(() => {
    if (!enabled) {
      return undefined;
    }
    const keys = new Map<string, keyof ShortcutActions>([
      ['/', 'search'],
      ['j', 'next'],
      ['k', 'previous'],
      ['?', 'help'],
    ]);
    const onKeyDown = (event: KeyboardEvent) => {
      const action = keys.get(event.key);
      if (
        !action ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        isTyping(event.target)
      ) {
        return;
      }
      event.preventDefault();
      latest.current[action]();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [enabled]);

  return { enabled, setEnabled };
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest(
        'input, textarea, select, [role="dialog"], [role="listbox"]',
      ) !== null)
  );
}
