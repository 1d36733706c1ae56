import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { useApiHolder } from '@backstage/frontend-plugin-api';
import { signalApiRef } from '@backstage/plugin-signals-react';
import { LiveLoop, LiveState } from './LiveLoop';
import { onOwnChange } from './ownChanges';

/** The channel on which the backend says that something changed, but not what. */
const CHANNEL = 'llm';

/** The live dot goes out after 10 s without an answer, so we ask a little more often. */
const POLL_MS = 8_000;
const THROTTLE_MS = 1_000;
/** What models do changes little about who may call them: of a burst of their changes, what is about access hears now and then. */
const OTHERS_MS = 8_000;

/** What {@link useLiveResource} returns. */
export interface LiveResource<T> extends LiveState<T> {
  /** Asks again now; after the question that is under way, if there is one. */
  refresh(): void;
  /** Asks again now for a person who waits: a question that is under way is given up. */
  retry(): void;
}

/**
 * Something on the server, kept fresh while the page is seen: by a nudge on the signal channel where signals are
 * installed, and by asking now and then. See {@link LiveLoop} for what happens on failures.
 *
 * A new `key` starts anew; a new `load` under the same key is used from the next question on.
 */
export function useLiveResource<T>(options: {
  key: string;
  load(previous: T | undefined, signal: AbortSignal): Promise<T>;
  versionOf?(value: T): string;
  /** Milliseconds between questions while nobody says that something changed; 8 s if absent. */
  pollMs?: number;
  /** It shows what models do, which the channel is about: it follows each nudge. */
  followsModels?: boolean;
}): LiveResource<T> {
  const latest = useRef(options);
  latest.current = options;
  const { key, pollMs = POLL_MS, followsModels = false } = options;

  const loop = useMemo(
    () =>
      new LiveLoop<T>({
        // The key is a dependency on purpose: another key is another resource.
        load: (previous, signal) =>
          key === latest.current.key
            ? latest.current.load(previous, signal)
            : Promise.reject(new Error(`${key} is no longer shown`)),
        versionOf: value => (latest.current.versionOf ?? JSON.stringify)(value),
        pollMs,
        throttleMs: THROTTLE_MS,
        nudgeMs: followsModels ? THROTTLE_MS : OTHERS_MS,
        isVisible: () => document.visibilityState !== 'hidden',
      }),
    [key, pollMs, followsModels],
  );

  const signals = useApiHolder().get(signalApiRef);
  useEffect(() => {
    loop.start();
    const onVisible = () => loop.nudge();
    document.addEventListener('visibilitychange', onVisible);
    const subscription = signals?.subscribe(CHANNEL, () => loop.nudge());
    const forget = onOwnChange(() => loop.refresh());
    return () => {
      forget();
      subscription?.unsubscribe();
      document.removeEventListener('visibilitychange', onVisible);
      loop.stop();
    };
  }, [loop, signals]);

  const state = useSyncExternalStore(loop.subscribe, loop.getState);
  return { ...state, refresh: loop.refresh, retry: loop.retry };
}
