import { FakeClock } from './clock';
import { Loop } from './loop';
import { ThreadTime } from './timeShare';

/** A clock of a thread that works, and that requests want too as long as `isBurst`: they come first whenever the loop leaves it. */
class ThreadClock extends FakeClock {
  workedMs = 0;
  isBurst = false;

  override thread(): ThreadTime {
    return { activeMs: this.workedMs, idleMs: super.thread().idleMs };
  }

  override after(delayMs: number, task: () => void): () => void {
    return super.after(delayMs, () => {
      if (this.isBurst) this.workedMs += 4;
      task();
    });
  }
}

describe('Loop', () => {
  it('runs a key once, however often it was added before its turn', () => {
    const clock = new FakeClock();
    const seen: string[] = [];
    const queue = new Loop(clock).queue('q', key => void seen.push(key));
    queue.add('a');
    queue.add('b');
    queue.add('a');
    expect(seen).toEqual([]);
    clock.advance();
    expect(seen).toEqual(['a', 'b']);
  });

  it('runs what makes pods run before what sums up their state', () => {
    const clock = new FakeClock();
    const loop = new Loop(clock);
    const seen: string[] = [];
    const note = (key: string) => void seen.push(key);
    loop.queue('sum', note, 'last').add('sum');
    loop.queue('route', note, 'second').add('route');
    loop.queue('pod', note).add('pod');
    clock.advance();
    expect(seen).toEqual(['pod', 'route', 'sum']);
  });

  it('waits in a burst of requests, asks again without one more event, and catches up when it is over', () => {
    const clock = new ThreadClock();
    let done = 0;
    const queue = new Loop(clock).queue('q', () => {
      clock.workedMs += 1;
      done += 1;
    });
    for (let index = 0; index < 1_000; index += 1) queue.add(`key ${index}`);

    clock.isBurst = true;
    clock.advance(500);
    const share = done / clock.workedMs;
    expect(share).toBeGreaterThan(0.03);
    expect(share).toBeLessThan(0.08);

    clock.isBurst = false;
    clock.advance(200);
    expect(done).toBe(1_000);
  });

  it('tries again what failed, later and later, and says so', () => {
    const clock = new FakeClock();
    const errors: string[] = [];
    let tries = 0;
    const loop = new Loop(clock, where => errors.push(where));
    loop
      .queue('q', () => {
        tries += 1;
        if (tries < 4) throw new Error('not yet');
      })
      .add('a');
    clock.advance();
    expect(tries).toBe(1);
    clock.advance(99);
    expect(tries).toBe(1);
    clock.advance(1);
    expect(tries).toBe(2);
    clock.advance(200);
    expect(tries).toBe(3);
    clock.advance(400);
    expect(tries).toBe(4);
    clock.advance(60_000);
    expect(tries).toBe(4);
    expect(errors).toEqual(['q a', 'q a', 'q a']);
  });

  it('does nothing any more once it is stopped', () => {
    const clock = new FakeClock();
    const seen: string[] = [];
    const loop = new Loop(clock);
    const queue = loop.queue('q', key => void seen.push(key));
    queue.add('a');
    queue.addAfter('b', 50);
    loop.stop();
    queue.add('c');
    clock.advance(1_000);
    expect(seen).toEqual([]);
  });
});
