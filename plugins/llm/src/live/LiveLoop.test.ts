import { LiveLoop } from './LiveLoop';
import { freshnessOf } from './freshness';

class StatusError extends Error {
  constructor(readonly statusCode: number) {
    super(`status ${statusCode}`);
  }
}

describe('LiveLoop', () => {
  /** Where a number stands, no answer comes. */
  let answers: Array<string | Error | number>;
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
        if (typeof answer === 'number') {
          return new Promise(() => {});
        }
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

  it('hears a nudge that comes while a question is under way: the answer may be older than what changed', async () => {
    loop.start();
    loop.nudge();
    await pass(0);
    expect(asked).toBe(1);
    await pass(1_000);
    expect(asked).toBe(2);
  });

  it('follows nudges as slowly as it is told, but a change of her own at once, and no nudge puts a question off', async () => {
    loop.stop();
    loop = new LiveLoop<string>({
      load: async () => {
        asked += 1;
        return 'same';
      },
      versionOf: value => value,
      pollMs: 60_000,
      throttleMs: 1_000,
      nudgeMs: 8_000,
      isVisible: () => visible,
    });
    loop.start();
    for (let second = 0; second < 20; second += 1) {
      await pass(1_000);
      loop.nudge();
    }
    expect(asked).toBe(3);
    loop.refresh();
    expect(asked).toBe(4);
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

  it.each([403, 404])(
    'drops the last answer when the server says %s: it is not ours to show any more',
    async status => {
      answers = ['secret', new StatusError(status)];
      loop.start();
      await pass(8_000);
      expect(loop.getState().value).toBeUndefined();
      expect(loop.getState().error).toMatchObject({ statusCode: status });
    },
  );

  it('keeps the last answer when the server says 401: the session is to be renewed, and what is shown is hers', async () => {
    answers = ['hers', new StatusError(401)];
    loop.start();
    await pass(8_000);
    expect(loop.getState()).toMatchObject({
      value: 'hers',
      error: { statusCode: 401 },
      nextTryAt: 1_010_000,
    });
    await pass(2_000);
    expect(loop.getState().error).toBeUndefined();
  });

  it('gives up a question that is not answered within 20 s, says so, and tries again by itself', async () => {
    answers = [0];
    loop.start();
    await pass(19_999);
    expect(loop.getState()).toEqual({ isLoading: true });
    await pass(1);
    expect(loop.getState()).toMatchObject({
      error: { message: 'No answer within 20 s' },
      isLoading: false,
      nextTryAt: 1_022_000,
    });
    await pass(2_000);
    expect(loop.getState()).toMatchObject({ value: 'same' });
  });

  it('asks at once when a person wants it, whatever is under way', async () => {
    answers = [0, 'now'];
    loop.start();
    await pass(1_000);
    loop.retry();
    await pass(0);
    expect(asked).toBe(2);
    expect(loop.getState()).toMatchObject({ value: 'now' });
    await pass(20_000);
    expect(loop.getState().error).toBeUndefined();
  });

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
    ['live for ten seconds', 0, 9_999, 0, 'live'],
    ['then quiet', 0, 10_000, 0, 'quiet'],
    ['and stale after a minute', 0, 60_000, 0, 'stale'],
    [
      'stale at once if the portal itself hears nothing',
      100_000,
      100_001,
      70_000,
      'stale',
    ],
  ])('is %s', (_, heardAt, now, silentForMs, expected) => {
    expect(freshnessOf(heardAt, silentForMs, now)).toBe(expected);
  });
});
