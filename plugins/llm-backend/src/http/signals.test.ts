import type { SignalsService } from '@backstage/plugin-signals-node';
import { nudgeOnChange, SIGNAL_CHANNEL } from './signals';

/** Something that pages show. */
function changing() {
  const listeners = new Set<() => void>();
  return {
    listeners,
    change: () => listeners.forEach(listener => listener()),
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

describe('a nudge', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('is one for all that changes at a time, says nothing, and comes no more once it is ended', async () => {
    const publish = jest.fn<
      Promise<void>,
      Parameters<SignalsService['publish']>
    >(async () => {
      throw new Error('nobody listens');
    });
    const [models, blocks] = [changing(), changing()];
    const end = nudgeOnChange({
      sources: [models, blocks],
      signals: { publish },
    });
    models.change();
    blocks.change();
    models.change();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(publish.mock.calls).toEqual([
      [
        {
          recipients: { type: 'broadcast' },
          channel: SIGNAL_CHANNEL,
          message: { changed: true },
        },
      ],
    ]);
    blocks.change();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(publish).toHaveBeenCalledTimes(2);

    blocks.change();
    end();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(publish).toHaveBeenCalledTimes(2);
    expect([models.listeners.size, blocks.listeners.size]).toEqual([0, 0]);
  });
});
