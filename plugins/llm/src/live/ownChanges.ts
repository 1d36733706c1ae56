/*
 * What this person changed herself shows at once, wherever on the page it is listed, whether or not the app has signals.
 */

const listeners = new Set<() => void>();

/** Says that the person just changed something: everything that is shown asks again. */
export function announceOwnChange(): void {
  for (const listener of [...listeners]) {
    listener();
  }
}

/** Calls the listener after each change of her own; returns how to stop that. */
export function onOwnChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
