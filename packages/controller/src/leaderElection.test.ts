import { guardWrites } from './guardWrites';
import { LeaderElection, NotLeaderError } from './leaderElection';
import { LEASES } from './resources';
import { FakeClock, FakeKubeClient } from './testing';
import { KubeObject, Resource } from './types';

const LEASE = { namespace: 'system', name: 'operator' };
const CONFIG_MAPS: Resource = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

const running: LeaderElection[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(election => election.stop()));
});

function candidate(server: FakeKubeClient, clock: FakeClock, identity: string) {
  const terms: AbortSignal[] = [];
  const election = new LeaderElection({
    client: server,
    lease: LEASE,
    identity,
    clock,
    random: () => 0,
  });
  running.push(election);
  election.start(term => terms.push(term));
  const client = guardWrites(server, election.guard);
  const write = (name: string) => {
    const object: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'default', name },
    };
    return client.create(CONFIG_MAPS, object);
  };
  return { election, terms, write };
}

function holder(server: FakeKubeClient): unknown {
  return Object(server.find(LEASES, LEASE)?.spec).holderIdentity;
}

const isLeaseUpdate = ({ verb, plural }: { verb: string; plural: string }) =>
  verb === 'update' && plural === 'leases';

describe('LeaderElection', () => {
  it('has one leader; a second one takes over only when the lease has run out', async () => {
    const clock = new FakeClock();
    const server = new FakeKubeClient({ clock });
    const a = candidate(server, clock, 'a');
    await clock.advance(100);
    const b = candidate(server, clock, 'b');
    await clock.advance(60_000);
    expect([a.election.mayWrite(), b.election.mayWrite()]).toEqual([
      true,
      false,
    ]);
    await a.write('by-a');
    await expect(b.write('by-b')).rejects.toThrow(NotLeaderError);

    // a can no longer reach the server.
    const update = server.update.bind(server);
    server.update = async (resource, object, options) => {
      if (Object(object.spec).holderIdentity === 'a') {
        throw new Error('no route to host');
      }
      return update(resource, object, options);
    };
    await clock.advance(9_000);
    expect([a.election.mayWrite(), b.election.mayWrite()]).toEqual([
      true,
      false,
    ]);
    await clock.advance(4_000);
    expect([a.election.mayWrite(), b.election.mayWrite()]).toEqual([
      false,
      false,
    ]);
    expect(a.terms[0].aborted).toBe(true);
    await clock.advance(8_000);
    expect([a.election.mayWrite(), b.election.mayWrite()]).toEqual([
      false,
      true,
    ]);
    expect(server.find(LEASES, LEASE)?.spec).toMatchObject({
      holderIdentity: 'b',
      leaseTransitions: 1,
    });
  });

  it('never has two leaders at any moment', async () => {
    const clock = new FakeClock();
    const server = new FakeKubeClient({ clock });
    const all = ['a', 'b', 'c'].map(name => candidate(server, clock, name));
    let leaders = 0;
    for (let step = 0; step < 600; step++) {
      if (step % 7 === 0) {
        server.failNext(isLeaseUpdate, new Error('timeout'));
      }
      if (step % 97 === 0) {
        clock.freeze(12_000);
      }
      await clock.advance(500);
      const writers = all.filter(({ election }) => election.mayWrite()).length;
      expect(writers).toBeLessThanOrEqual(1);
      leaders += writers;
    }
    expect(leaders).toBeGreaterThan(300);
  });

  it('does not write after the process stood still for longer than the deadline', async () => {
    const clock = new FakeClock();
    const server = new FakeKubeClient({ clock });
    const a = candidate(server, clock, 'a');
    await clock.advance(5_000);
    await a.write('before');
    // No timer has fired meanwhile: only the clock knows.
    clock.freeze(10_000);
    expect(a.terms[0].aborted).toBe(false);
    await expect(a.write('after')).rejects.toThrow(NotLeaderError);
    expect(server.all(CONFIG_MAPS)).toHaveLength(1);

    // It leads again only in a new term.
    await clock.advance(5_000);
    expect(a.terms.map(term => term.aborted)).toEqual([true, false]);
    await a.write('again');
  });

  it('does not write after the machine slept, when only the wall clock tells', async () => {
    const clock = new FakeClock();
    const server = new FakeKubeClient({ clock });
    const a = candidate(server, clock, 'a');
    await clock.advance(1_000);
    clock.jumpWall(3_600_000);
    await expect(a.write('after')).rejects.toThrow(NotLeaderError);
  });

  it('goes on when the wall clock is set back', async () => {
    const clock = new FakeClock();
    const server = new FakeKubeClient({ clock });
    const a = candidate(server, clock, 'a');
    await clock.advance(1_000);
    clock.jumpWall(-3_600_000);
    await a.write('still ours');
    await clock.advance(60_000);
    expect(a.terms).toHaveLength(1);
    expect(a.election.mayWrite()).toBe(true);
  });

  it('stops at once when somebody else took the lease, and survives edits that leave it ours', async () => {
    const clock = new FakeClock();
    const server = new FakeKubeClient({ clock });
    const a = candidate(server, clock, 'a');
    await clock.advance(1_000);
    await server.mergePatch(LEASES, LEASE, {
      metadata: { annotations: { note: 'hello' } },
    });
    await clock.advance(5_000);
    expect(a.election.mayWrite()).toBe(true);

    await server.mergePatch(LEASES, LEASE, {
      spec: { holderIdentity: 'thief' },
    });
    await clock.advance(2_500);
    expect(a.election.mayWrite()).toBe(false);
    expect(a.terms[0].aborted).toBe(true);
  });

  it('gives the lease back at a stop, so that the next one need not wait', async () => {
    const clock = new FakeClock();
    const server = new FakeKubeClient({ clock });
    const a = candidate(server, clock, 'a');
    await clock.advance(1_000);
    const b = candidate(server, clock, 'b');
    await clock.advance(1_000);
    await a.election.stop();
    expect(holder(server)).toBe('');
    expect(a.election.mayWrite()).toBe(false);
    await clock.advance(2_500);
    expect(b.election.mayWrite()).toBe(true);
  });

  it('does not wait for long at a stop for a server that does not answer', async () => {
    const clock = new FakeClock();
    const server = new FakeKubeClient({ clock });
    const a = candidate(server, clock, 'a');
    await clock.advance(1_000);
    server.update = (_resource, _object, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () =>
          reject(new Error('given up')),
        );
      });
    let ended = false;
    const stopped = a.election.stop().then(() => {
      ended = true;
    });
    await clock.advance(4_000);
    expect(ended).toBe(false);
    await clock.advance(2_000);
    await stopped;
    expect(a.election.mayWrite()).toBe(false);
  });

  it('renews with one call and reads nothing', async () => {
    const clock = new FakeClock();
    const server = new FakeKubeClient({ clock });
    candidate(server, clock, 'a');
    await clock.advance(1_000);
    server.calls.length = 0;
    await clock.advance(20_000);
    expect(new Set(server.calls.map(({ verb }) => verb))).toEqual(
      new Set(['update']),
    );
    expect(server.calls).toHaveLength(10);
  });

  it('refuses a deadline that leaves no time before the lease ends', () => {
    const client = new FakeKubeClient();
    const options = {
      client,
      lease: LEASE,
      identity: 'a',
      leaseDurationMs: 5_000,
    };
    expect(
      () => new LeaderElection({ ...options, renewDeadlineMs: 5_000 }),
    ).toThrow('must be shorter than leaseDurationMs');
  });
});
