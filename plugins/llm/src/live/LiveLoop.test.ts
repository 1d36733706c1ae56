import { LiveLoop } from './LiveLoop';
import { freshnessOf } from './freshness';

class StatusError extends Error {
  constructor(readonly statusCode: number) {
    super(`status ${statusCode}`);
  }
}

describe('LiveLoop', () => {
  let answers: Array<string | Error>;
  let asked: number;
  let visible: boolean;
  let loop: LiveLoop<string>;

  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000_000 });
    answers = [];
    asked = 0;
    visible = true;
    loop = new LiveLoop<string>({
      load: async () => {
        asked += 1;
        const answer = answers.shift() ?? 'same';
        if (answer instanceof Error) {
          throw answer;
        }
        return answer;
      },
      versionOf: value => value,
      pollMs: 8_000,
      throttleMs: 1_000,
      isVisible: () => visible,
    });
  });

  afterEach(() => {
    loop.stop();
    jest.useRealTimers();
  });

  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

  it('asks at once, then now and then', async () => {
    loop.start();
    expect(loop.getState()).toEqual({ isLoading: true });
    await pass(0);
    expect(loop.getState()).toMatchObject({ value: 'same', isLoading: false });
    await pass(24_000);
    expect(asked).toBe(4);
    expect(loop.getState().changedAt).toBeUndefined();
  });

  it('makes one question of many nudges', async () => {
    loop.start();
    await pass(0);
    for (let index = 0; index < 50; index += 1) {
      loop.nudge();
    }
    await pass(1_000);
    expect(asked).toBe(2);
  });

  it('knows when the answer last differed', async () => {
    answers = ['one', 'one', 'two'];
    loop.start();
    await pass(8_000);
    expect(loop.getState().changedAt).toBeUndefined();
    await pass(8_000);
    expect(loop.getState()).toMatchObject({
      value: 'two',
      changedAt: 1_016_000,
    });
  });

  it('keeps the last answer while the server is away, and tries again with growing pauses', async () => {
    answers = [
      'first',
      ...Array.from({ length: 6 }, () => new StatusError(503)),
    ];
    loop.start();
    await pass(8_000);
    expect(loop.getState()).toMatchObject({
      value: 'first',
      heardAt: 1_000_000,
      nextTryAt: 1_010_000,
    });
    await pass(2_000);
    await pass(4_000);
    await pass(8_000);
    expect(asked).toBe(5);
    await pass(16_000);
    expect(loop.getState().nextTryAt).toBe(1_038_000 + 30_000);
    await pass(30_000);
    await pass(30_000);
    expect(loop.getState()).toMatchObject({ value: 'same' });
    expect(loop.getState().error).toBeUndefined();
  });

  it.each([401, 403, 404])(
    'drops the last answer when the server says %s: it is not ours to show any more',
    async status => {
      answers = ['secret', new StatusError(status)];
      loop.start();
      await pass(8_000);
      expect(loop.getState().value).toBeUndefined();
      expect(loop.getState().error).toMatchObject({ statusCode: status });
    },
  );

  it('asks nothing while the page is hidden, and at once when it is seen again', async () => {
    loop.start();
    await pass(0);
    visible = false;
    loop.nudge();
    await pass(60_000);
    expect(asked).toBe(1);
    visible = true;
    loop.nudge();
    await pass(0);
    expect(asked).toBe(2);
  });

  it('asks once more after a question that was under way when it was nudged', async () => {
    loop.start();
    loop.refresh();
    loop.refresh();
    await pass(1_000);
    expect(asked).toBe(2);
  });

  it('is silent after it was stopped', async () => {
    loop.start();
    loop.stop();
    await pass(60_000);
    expect(asked).toBe(1);
    expect(loop.getState().value).toBeUndefined();
  });
});

describe('freshness', () => {
  it.each([
    ['live for ten seconds', 0, 9_999, undefined, 'live'],
    ['then quiet', 0, 10_000, undefined, 'quiet'],
    ['and stale after a minute', 0, 60_000, undefined, 'stale'],
    [
      'stale at once if the portal itself hears nothing',
      100_000,
      100_001,
      30_000,
      'stale',
    ],
  ])('is %s', (_, heardAt, now, asOf, expected) => {
    expect(freshnessOf(heardAt, asOf, now)).toBe(expected);
  });
});
