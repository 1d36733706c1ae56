import { FakeClock } from '@slipway/controller/testing';
import { giveUpMemoryAfterBursts } from './giveUpMemory';

describe('the memory of a burst', () => {
  let clock: FakeClock;
  let cpuMs: number;
  let collections: number;

  /** Lets seconds pass in which the process uses this share of a core. */
  async function pass(seconds: number, share: number) {
    for (let second = 0; second < seconds; second += 1) {
      cpuMs += share * 1000;
      await clock.advance(1000);
    }
  }

  beforeEach(() => {
    clock = new FakeClock();
    cpuMs = 0;
    collections = 0;
    giveUpMemoryAfterBursts({
      clock,
      cpuMs: () => cpuMs,
      collect: () => {
        collections += 1;
      },
    });
  });

  it('is given back once, when nothing is to be done any more', async () => {
    await pass(30, 1);
    await pass(1, 0.02);
    expect(collections).toBe(0);
    await pass(1, 0.02);
    expect(collections).toBe(1);
    await pass(600, 0.02);
    expect(collections).toBe(1);
  });

  it('is kept while there is work, and while there never was much', async () => {
    await pass(600, 0.3);
    await pass(10, 0.02);
    expect(collections).toBe(0);
    await pass(5, 1);
    await pass(60, 0.3);
    expect(collections).toBe(0);
  });

  it('is given back at most once a minute, however many bursts there are, and after the last of them', async () => {
    for (let burst = 0; burst < 30; burst += 1) {
      await pass(3, 1);
      await pass(3, 0.02);
    }
    expect(collections).toBe(3);
    await pass(60, 0.02);
    expect(collections).toBe(4);
  });
});
