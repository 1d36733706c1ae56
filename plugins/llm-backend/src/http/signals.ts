import type { SignalsService } from '@backstage/plugin-signals-node';

/** Changes that come within this time are told as one. */
const GATHER_MS = 500;

/** The channel on which browsers hear that it is worth asking again. */
export const SIGNAL_CHANNEL = 'llm';

/** What pages show and what can change under them. */
interface Changing {
  /** Calls the listener after each change; returns how to stop that. */
  onChange(listener: () => void): () => void;
}

/**
 * Tells browsers that something changed: a model, or what the kill switch stops. The message says neither which nor how: what a person may
 * see she learns by asking. Returns a function that ends it.
 */
export function nudgeOnChange(options: {
  sources: Changing[];
  signals: SignalsService;
}): () => void {
  let timer: NodeJS.Timeout | undefined;
  const nudge = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      // A nudge that is lost does no harm: pages also ask by themselves now and then.
      options.signals
        .publish({
          recipients: { type: 'broadcast' },
          channel: SIGNAL_CHANNEL,
          message: { changed: true },
        })
        .catch(() => undefined);
    }, GATHER_MS);
  };
  const endings = options.sources.map(source => source.onChange(nudge));
  return () => {
    endings.forEach(end => end());
    clearTimeout(timer);
  };
}
