import fc from 'fast-check';
import { WorkQueue } from './queue';
import { FakeClock } from './testing';

function makeQueue() {
  const clock = new FakeClock();
  const queue = new WorkQueue({
    clock,
    random: () => 1,
    baseDelayMs: 100,
    maxDelayMs: 1000,
  });
  return { clock, queue };
}

/** Takes a key that must be there now. */
async function takeNow(queue: WorkQueue): Promise<string | undefined> {
  expect(queue.length).toBeGreaterThan(0);
  return queue.take();
}

describe('WorkQueue', () => {
  it('hands a key out once however often it is added, and again if it is added while in flight', async () => {
    const { queue } = makeQueue();
    queue.add('a');
    queue.add('a');
    expect(await takeNow(queue)).toBe('a');
    expect(queue.length).toBe(0);

    queue.add('a');
    queue.add('a');
    expect(queue.length).toBe(0);
    queue.done('a');
    expect(queue.length).toBe(1);
    expect(await takeNow(queue)).toBe('a');
    queue.done('a');
    expect(queue.length).toBe(0);
  });

  it('waits longer after each failure up to a limit, and starts over after a success', async () => {
    const { clock, queue } = makeQueue();
    const waits = [1, 2, 3, 4, 5, 6].map(() => queue.addRateLimited('a'));
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(queue.failures('a')).toBe(6);

    await clock.advance(99);
    expect(queue.length).toBe(0);
    await clock.advance(1);
    expect(queue.length).toBe(1);

    queue.forget('a');
    expect(queue.addRateLimited('a')).toBe(100);
  });

  it('spreads retries by jitter', () => {
    const clock = new FakeClock();
    const random = jest.fn().mockReturnValueOnce(0).mockReturnValueOnce(0.5);
    const queue = new WorkQueue({ clock, random, baseDelayMs: 100 });
    expect(queue.addRateLimited('a')).toBe(75);
    expect(queue.addRateLimited('b')).toBe(87.5);
  });

  it('hands a delayed key out at the earliest of its times, once', async () => {
    const { clock, queue } = makeQueue();
    queue.addAfter('a', 500);
    queue.addAfter('a', 100);
    queue.addAfter('a', 900);
    await clock.advance(100);
    expect(await takeNow(queue)).toBe('a');
    queue.done('a');
    await clock.advance(10_000);
    expect(queue.length).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('serves a quiet namespace at once although another has a burst', async () => {
    const { queue } = makeQueue();
    for (let index = 0; index < 1000; index++) {
      queue.add(`busy/${index}`);
    }
    queue.add('quiet/one');
    const first = [await takeNow(queue), await takeNow(queue)];
    expect(first).toContain('quiet/one');
    expect(first).toContain('busy/0');
    expect(await takeNow(queue)).toBe('busy/1');
  });

  it('serves every key although one is added again all the time', async () => {
    const { queue } = makeQueue();
    const others = ['ns/a', 'ns/b', 'ns/c'];
    queue.add('ns/hot');
    others.forEach(key => queue.add(key));
    const served: string[] = [];
    for (let turn = 0; turn < 5; turn++) {
      const key = (await takeNow(queue)) ?? '';
      served.push(key);
      queue.add('ns/hot');
      queue.done(key);
    }
    expect(served).toEqual(['ns/hot', 'ns/a', 'ns/b', 'ns/c', 'ns/hot']);
  });

  it('lets a key rest between two runs, but never holds up the first event after a quiet time', async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock, minIntervalMs: 100 });
    queue.add('a');
    expect(await takeNow(queue)).toBe('a');
    queue.add('a');
    queue.done('a');
    queue.add('a');
    expect(queue.length).toBe(0);
    await clock.advance(99);
    expect(queue.length).toBe(0);
    await clock.advance(1);
    expect(await takeNow(queue)).toBe('a');
    queue.done('a');

    await clock.advance(100);
    queue.add('a');
    expect(queue.length).toBe(1);
  });

  it('gives waiting workers nothing more once it is stopped, and says when the work in flight is over', async () => {
    const { clock, queue } = makeQueue();
    queue.add('a');
    queue.add('b');
    expect(await queue.take()).toBe('a');
    queue.addAfter('c', 10);
    queue.stop();
    expect(await queue.take()).toBeUndefined();
    await clock.advance(100);
    expect(queue.length).toBe(0);

    let idle = false;
    const whenIdle = queue.whenIdle().then(() => {
      idle = true;
    });
    await clock.advance(0);
    expect(idle).toBe(false);
    queue.done('a');
    await whenIdle;
    expect(idle).toBe(true);
  });

  it('property: never runs a key twice at once, and loses no wish', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('add' as const),
        key: fc.integer({ min: 0, max: 4 }),
      }),
      fc.record({
        kind: fc.constant('addAfter' as const),
        key: fc.integer({ min: 0, max: 4 }),
      }),
      fc.record({
        kind: fc.constant('fail' as const),
        key: fc.integer({ min: 0, max: 4 }),
      }),
      fc.record({ kind: fc.constant('take' as const), key: fc.constant(0) }),
      fc.record({
        kind: fc.constant('done' as const),
        key: fc.nat({ max: 9 }),
      }),
      fc.record({
        kind: fc.constant('time' as const),
        key: fc.integer({ min: 1, max: 300 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
        const { clock, queue } = makeQueue();
        const inFlight = new Set<string>();
        /** Keys added since they were last taken. */
        const wanted = new Set<string>();
        /** How often keys were added and not yet handed out; a delayed wish may come after the run that served it. */
        const owed = new Map<string, number>();
        const take = async () => {
          const key = (await queue.take()) ?? '';
          expect(inFlight.has(key)).toBe(false);
          expect(owed.get(key) ?? 0).toBeGreaterThan(0);
          owed.set(key, (owed.get(key) ?? 0) - 1);
          inFlight.add(key);
          wanted.delete(key);
        };
        for (const { kind, key } of steps) {
          const name = `ns${key % 2}/${key}`;
          if (kind === 'add' || kind === 'addAfter' || kind === 'fail') {
            wanted.add(name);
            owed.set(name, (owed.get(name) ?? 0) + 1);
            const actions = {
              add: () => queue.add(name),
              addAfter: () => queue.addAfter(name, key * 50),
              fail: () => queue.addRateLimited(name),
            };
            actions[kind]();
          } else if (kind === 'take' && queue.length > 0) {
            await take();
          } else if (kind === 'done' && inFlight.size > 0) {
            const finished = [...inFlight][key % inFlight.size];
            inFlight.delete(finished);
            queue.done(finished);
          } else if (kind === 'time') {
            await clock.advance(key);
          }
        }
        inFlight.forEach(key => queue.done(key));
        inFlight.clear();
        await clock.advance(10_000);
        // A wish may be served by a run that began after it, so an early timer may find nothing left to do.
        while (queue.length > 0) {
          const key = (await queue.take()) ?? '';
          wanted.delete(key);
          queue.done(key);
        }
        expect([...wanted]).toEqual([]);
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
