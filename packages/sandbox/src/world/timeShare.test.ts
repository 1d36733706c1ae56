import { TimeShare } from './timeShare';

/** A thread on which a request of `requestMs` comes in each turn of its event loop, and a background that always has work, in pieces of 0.5 ms. */
function run(requestMs: number, gapMs: number, untilMs: number) {
  let nowMs = 1_000;
  let backgroundMs = 0;
  let longestMs = 0;
  const share = new TimeShare(() => nowMs);
  const startedMs = nowMs;
  let nextRequestMs = nowMs;
  while (nowMs - startedMs < untilMs) {
    if (nowMs >= nextRequestMs) {
      nowMs += requestMs;
      nextRequestMs = nowMs + gapMs;
    }
    // An event loop that has nothing to do still takes a moment for each turn.
    nowMs += 0.02;
    if (share.begin()) {
      const beganMs = nowMs;
      do {
        nowMs += 0.5;
      } while (!share.isOver);
      share.end();
      backgroundMs += nowMs - beganMs;
      longestMs = Math.max(longestMs, nowMs - beganMs);
    }
  }
  return { share: backgroundMs / (nowMs - startedMs), longestMs };
}

describe('TimeShare', () => {
  it('leaves a twentieth of the time to the background while one request follows another, and less than 3 ms at a time', () => {
    const { share, longestMs } = run(2, 0, 10_000);
    expect(share).toBeGreaterThan(0.04);
    expect(share).toBeLessThan(0.06);
    expect(longestMs).toBeLessThan(3);
  });

  it('leaves all to it when no requests come', () => {
    const { share, longestMs } = run(0, Infinity, 1_000);
    expect(share).toBeGreaterThan(0.95);
    expect(longestMs).toBeLessThan(3);
  });

  it('lets it use the time between requests', () => {
    // 250 requests a second, which take an eighth of the time.
    expect(run(0.5, 3.5, 10_000).share).toBeGreaterThan(0.4);
  });

  it('lets it begin at once after a rest', () => {
    let nowMs = 0;
    const share = new TimeShare(() => nowMs);
    expect(share.begin()).toBe(true);
    share.end();
    nowMs += 60_000;
    expect(share.begin()).toBe(true);
  });

  it('is not stopped by a clock that stands still', () => {
    const share = new TimeShare(() => 5);
    for (let turn = 0; turn < 10; turn += 1) {
      expect(share.begin()).toBe(true);
      expect(share.isOver).toBe(false);
      share.end();
    }
  });
});
