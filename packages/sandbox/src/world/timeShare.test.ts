import { TimeShare } from './timeShare';

/** A background that always has work, in pieces of 0.5 ms, on a thread on which something else happens between its turns. */
class Thread {
  activeMs = 0;
  idleMs = 0;
  backgroundMs = 0;
  longestMs = 0;
  readonly #share = new TimeShare(() => ({
    activeMs: this.activeMs,
    idleMs: this.idleMs,
  }));

  get passedMs() {
    return this.activeMs + this.idleMs;
  }

  /** Lets the background have a turn. Returns for how long. */
  turn(): number {
    const beganMs = this.activeMs;
    if (this.#share.begin()) {
      do {
        this.activeMs += 0.5;
      } while (!this.#share.isOver);
      this.#share.end();
    }
    const lengthMs = this.activeMs - beganMs;
    this.backgroundMs += lengthMs;
    this.longestMs = Math.max(this.longestMs, lengthMs);
    return lengthMs;
  }

  /** Requests of `requestMs`, and `gapMs` in which none comes, again and again. */
  serve(requestMs: number, gapMs: number, untilMs: number) {
    const beganMs = this.passedMs;
    while (this.passedMs - beganMs < untilMs) {
      this.activeMs += requestMs;
      this.turn();
      for (let leftMs = gapMs; leftMs > 0; ) {
        const workedMs = this.turn();
        if (workedMs === 0) this.idleMs += 1;
        leftMs -= workedMs || 1;
      }
    }
    return this;
  }

  get share() {
    return this.backgroundMs / this.passedMs;
  }
}

describe('TimeShare', () => {
  it('leaves a twentieth of the time to the background while one request follows another, and less than 3 ms at a time', () => {
    const { share, longestMs } = new Thread().serve(2, 0, 10_000);
    expect(share).toBeGreaterThan(0.04);
    expect(share).toBeLessThan(0.06);
    expect(longestMs).toBeLessThan(3);
  });

  it('does not fill the short gaps of a burst: whoever sends it would wait for the background', () => {
    // A client that sends 16 requests, and thinks for 4 ms about the answers.
    const { share } = new Thread().serve(8, 4, 10_000);
    expect(share).toBeGreaterThan(0.02);
    expect(share).toBeLessThan(0.06);
  });

  it('leaves all to it when no requests come', () => {
    const thread = new Thread();
    while (thread.passedMs < 1_000) thread.turn();
    expect(thread.share).toBeGreaterThan(0.95);
    expect(thread.longestMs).toBeLessThan(3);
  });

  it('lets it use the time between requests that are no burst', () => {
    // 250 requests a second, which take an eighth of the time.
    const { share } = new Thread().serve(0.5, 3.5, 10_000);
    expect(share).toBeGreaterThan(0.8);
  });

  it('lets it go on within a tenth of a second after a burst', () => {
    const thread = new Thread().serve(2, 0, 10_000);
    const endedMs = thread.passedMs;
    while (thread.turn() < 2) thread.idleMs += 1;
    expect(thread.passedMs - endedMs).toBeLessThan(100);
  });

  it('lets it begin at once after a rest', () => {
    const thread = new Thread().serve(2, 0, 1_000);
    thread.idleMs += 60_000;
    expect(thread.turn()).toBeGreaterThan(0);
  });

  it('is not stopped by a clock that stands still', () => {
    const share = new TimeShare(() => ({ activeMs: 0, idleMs: 5 }));
    for (let turn = 0; turn < 10; turn += 1) {
      expect(share.begin()).toBe(true);
      expect(share.isOver).toBe(false);
      share.end();
    }
  });
});
