import { setCondition, setConditions, Condition } from './conditions';
import { EventRecorder } from './events';
import { EVENTS } from './resources';
import { FakeClock, FakeKubeClient } from './testing';
import { KubeApiError, KubeClient, KubeObject } from './types';

const POD: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: 'default',
    name: 'web',
    uid: 'u1',
    resourceVersion: '7',
  },
};
const note = {
  type: 'Warning' as const,
  reason: 'Failed',
  message: 'it failed: do this',
};

function setUp() {
  const clock = new FakeClock();
  const server = new FakeKubeClient({ clock });
  const recorder = new EventRecorder({
    client: server,
    component: 'op',
    clock,
  });
  return { clock, server, recorder };
}

describe('EventRecorder', () => {
  it('writes an event that kubectl describe finds', async () => {
    const { server, recorder } = setUp();
    recorder.record(POD, note);
    await recorder.flush();
    expect(server.all(EVENTS)).toMatchObject([
      {
        metadata: { namespace: 'default' },
        involvedObject: {
          kind: 'Pod',
          namespace: 'default',
          name: 'web',
          uid: 'u1',
        },
        ...note,
        count: 1,
        source: { component: 'op' },
        firstTimestamp: '2026-01-01T00:00:00Z',
      },
    ]);
  });

  it('counts repetitions in one event, and writes the count now and then', async () => {
    const { clock, server, recorder } = setUp();
    for (let index = 0; index < 100; index++) {
      recorder.record(POD, note);
      await clock.advance(1_000);
    }
    await recorder.flush();
    expect(server.all(EVENTS)).toHaveLength(1);
    expect(Number(server.all(EVENTS)[0].count)).toBeGreaterThan(80);
    expect(server.writes.length).toBeLessThan(12);
  });

  it('makes a new event when the old one has expired on the server', async () => {
    const { clock, server, recorder } = setUp();
    recorder.record(POD, note);
    await clock.advance(20_000);
    const [{ metadata }] = server.all(EVENTS);
    await server.delete(EVENTS, metadata);
    recorder.record(POD, note);
    await recorder.flush();
    expect(server.all(EVENTS)).toMatchObject([{ count: 2 }]);
  });

  it('cuts off a flood about one object, and lets others through', async () => {
    const { clock, server, recorder } = setUp();
    for (let index = 0; index < 200; index++) {
      recorder.record(POD, { ...note, message: `attempt ${index}` });
    }
    const other = {
      ...POD,
      metadata: { ...POD.metadata, name: 'db', uid: 'u2' },
    };
    recorder.record(other, note);
    await recorder.flush();
    expect(server.all(EVENTS)).toHaveLength(26);

    await clock.advance(300_000);
    recorder.record(POD, { ...note, message: 'later' });
    recorder.record(POD, { ...note, message: 'too soon' });
    await recorder.flush();
    expect(server.all(EVENTS)).toHaveLength(27);
  });

  it('loses an event rather than failing, and goes on', async () => {
    const { server, recorder } = setUp();
    const refusal = new KubeApiError(
      { code: 403, reason: 'Forbidden', message: 'no' },
      'create',
    );
    server.failNext(() => true, refusal);
    recorder.record(POD, note);
    recorder.record(POD, { ...note, reason: 'Other' });
    await recorder.flush();
    expect(server.all(EVENTS)).toMatchObject([{ reason: 'Other' }]);
  });

  it('closes when all is written, or when its time is over, and writes nothing more', async () => {
    const first = setUp();
    first.recorder.record(POD, note);
    await first.recorder.close(2_000);
    expect(first.server.all(EVENTS)).toHaveLength(1);
    expect(first.clock.pendingTimers).toBe(0);

    const { clock, server, recorder } = setUp();
    const client: KubeClient = server;
    const asked = jest
      .spyOn(client, 'create')
      .mockImplementation(() => new Promise(() => {}));
    recorder.record(POD, note);
    recorder.record(POD, { ...note, reason: 'Other' });
    let isClosed = false;
    const closed = recorder.close(2_000).then(() => {
      isClosed = true;
    });
    await clock.advance(1_900);
    expect(isClosed).toBe(false);
    await clock.advance(100);
    await closed;
    recorder.record(POD, { ...note, reason: 'Late' });
    await clock.advance(60_000);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(asked.mock.calls[0][2]?.signal?.aborted).toBe(true);
  });
});

describe('conditions', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
  const ready = {
    type: 'Ready',
    status: 'False' as const,
    reason: 'Waiting',
    message: 'wait',
  };

  it('move their transition time only when the status changes', () => {
    const first = setCondition([], ready, at(0));
    expect(first).toEqual([
      { ...ready, lastTransitionTime: '2026-01-01T00:00:00Z' },
    ]);
    const second = setCondition(
      first,
      { ...ready, reason: 'StillWaiting' },
      at(5),
    );
    expect(second[0]).toMatchObject({
      reason: 'StillWaiting',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
    const third = setCondition(second, { ...ready, status: 'True' }, at(9));
    expect(third[0].lastTransitionTime).toBe('2026-01-01T00:00:09Z');
  });

  it('are the very same list when nothing changes', () => {
    const first: readonly Condition[] = setCondition([], ready, at(0));
    expect(setConditions(first, [ready], at(5))).toBe(first);
  });
});
