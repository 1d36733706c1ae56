import { StoredObject } from '../../types';
import { podReason, readyContainers, restarts } from './podPrinting';

function pod(
  status: Record<string, unknown>,
  more: Record<string, unknown> = {},
): StoredObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      initContainers: [{ name: 'i' }],
      containers: [{ name: 'a' }, { name: 'b' }],
    },
    status,
    ...more,
  };
}

const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };

describe('the cells of a pod', () => {
  it.each([
    ['Pending', pod({ phase: 'Pending' })],
    [
      'Init:0/1',
      pod({
        phase: 'Pending',
        initContainerStatuses: [{ name: 'i', state: running }],
      }),
    ],
    [
      'Init:CrashLoopBackOff',
      pod({
        phase: 'Pending',
        initContainerStatuses: [
          { name: 'i', state: { waiting: { reason: 'CrashLoopBackOff' } } },
        ],
      }),
    ],
    [
      'ImagePullBackOff',
      pod({
        phase: 'Pending',
        containerStatuses: [
          { name: 'a', state: { waiting: { reason: 'ImagePullBackOff' } } },
        ],
      }),
    ],
    [
      'Error',
      pod({
        phase: 'Failed',
        containerStatuses: [
          {
            name: 'a',
            state: { terminated: { exitCode: 1, reason: 'Error' } },
          },
        ],
      }),
    ],
    [
      'Running',
      pod({
        phase: 'Running',
        containerStatuses: [{ name: 'a', ready: true, state: running }],
      }),
    ],
    ['Evicted', pod({ phase: 'Failed', reason: 'Evicted' })],
  ])('say %s', (reason, object) => {
    expect(podReason(object)).toBe(reason);
  });

  it('say Terminating once it is deleted', () => {
    const deleted = pod({ phase: 'Running' });
    deleted.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    expect(podReason(deleted)).toBe('Terminating');
  });

  it('count ready containers and restarts', () => {
    const object = pod({
      phase: 'Running',
      initContainerStatuses: [
        { name: 'i', state: { terminated: { exitCode: 0 } } },
      ],
      containerStatuses: [
        { name: 'a', ready: true, restartCount: 2, state: running },
        {
          name: 'b',
          ready: false,
          restartCount: 1,
          state: running,
          lastState: { terminated: { finishedAt: '2026-01-01T00:00:00Z' } },
        },
      ],
    });
    expect(readyContainers(object)).toBe('1/2');
    expect(restarts(object, Date.parse('2026-01-01T00:05:00Z'))).toBe(
      '3 (5m ago)',
    );
  });
});
