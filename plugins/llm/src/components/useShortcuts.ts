import { useCallback, useEffect, useRef, useState } from 'react';

/** Where the choice to switch keys off is kept; per browser, like the theme. */
const STORAGE_KEY = 'slipway.keys';

/**
 * Single keys on the page, each with what it does. Not while somebody types, and not when switched off (WCAG 2.1.4).
 */
export function useShortcuts(actions: Record<string, () => void>) {
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
    const onKeyDown = (event: KeyboardEvent) => {
      if (
        !Object.hasOwn(latest.current, event.key) ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        isTyping(event.target)
      ) {
        return;
      }
      event.preventDefault();
      latest.current[event.key]();
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
