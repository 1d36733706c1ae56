/** What to do when a signal aborts. One listener serves all: a signal with hundreds of them is slow to add to and to remove from. */
const callbacks = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back once when a signal aborts; not at all if it has aborted already, or if there is none.
 *
 * @returns how to be no longer called
 */
export function onAbort(
  signal: AbortSignal | undefined,
  callback: () => void,
): () => void {
  if (!signal || signal.aborted) {
    return () => {};
  }
  let waiting = callbacks.get(signal);
  if (!waiting) {
    const added = new Set<() => void>();
    signal.addEventListener('abort', () => added.forEach(each => each()), {
      once: true,
    });
    callbacks.set(signal, added);
    waiting = added;
  }
  const own = () => callback();
  waiting.add(own);
  return () => waiting.delete(own);
}
