import type { SignalsService } from '@backstage/plugin-signals-node';
import type { ModelSource } from '@slipway/plugin-llm-node';

/** Changes that come within this time are told as one. */
const GATHER_MS = 500;

/** The channel on which browsers hear that it is worth asking again. */
export const SIGNAL_CHANNEL = 'llm';

/**
 * Tells browsers that some model changed. The message says neither which nor how: what a person may see she learns by asking.
 * Returns a function that ends it.
 */
export function nudgeOnChange(options: {
  source: ModelSource;
  signals: SignalsService;
}): () => void {
  let timer: NodeJS.Timeout | undefined;
  const unsubscribe = options.source.onChange(() => {
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
  });
  return () => {
    unsubscribe();
    clearTimeout(timer);
  };
}
