import {
  fakeGrant,
  fakeKey,
  fakeRequest,
  modelRef,
} from '../../dev/fakeAccessData';
import { tasksOf } from './tasksOf';

const NOW = Date.parse('2026-11-20T10:42:00Z');
const inDays = (days: number) =>
  new Date(NOW + days * 86_400_000).toISOString();
const model = modelRef('gemma-3-27b');

describe('what waits for somebody', () => {
  it('is nothing where nothing ends soon, and nothing of what she can’t open', () => {
    expect(tasksOf({}, NOW)).toEqual([]);
    const lists = {
      toDecide: { items: [] },
      due: { items: [fakeGrant({ id: 'g', model }, NOW)] },
      requests: { items: [fakeRequest({ id: 'r', model }, NOW)] },
      grants: { items: [fakeGrant({ id: 'g', model }, NOW)] },
      keys: { items: [fakeKey({ id: 'k', name: 'laptop' }, NOW)] },
    };
    expect(tasksOf(lists, NOW)).toEqual([]);
  });

  it('stands in the order of what is first to end, with how many there are of each', () => {
    const expiresAt = inDays(4);
    const waitsFor = 'requester';
    const myActions: ['recertify'] = ['recertify'];
    const tasks = tasksOf(
      {
        toDecide: {
          items: [
            fakeRequest({ id: 'a', model, expiresAt: inDays(9) }, NOW),
            fakeRequest({ id: 'b', model, expiresAt: inDays(3) }, NOW),
          ],
          nextCursor: 'more',
        },
        due: {
          items: [
            fakeGrant(
              { id: 'c', model, confirmBy: inDays(-1), myActions },
              NOW,
            ),
            // Her own: somebody else confirms it.
            fakeGrant({ id: 'd', model, confirmBy: inDays(-2) }, NOW),
          ],
        },
        requests: {
          items: [fakeRequest({ id: 'e', model, expiresAt, waitsFor }, NOW)],
        },
        grants: {
          items: [fakeGrant({ id: 'f', model, expiresAt: inDays(13) }, NOW)],
        },
        keys: {
          items: [
            fakeKey({ id: 'h', name: 'ci', expiresAt: inDays(12) }, NOW),
            fakeKey({ id: 'i', name: 'idle', unusedEndsAt: inDays(2) }, NOW),
          ],
        },
      },
      NOW,
    );
    expect(tasks).toEqual([
      { kind: 'confirm', count: 1, more: false, by: inDays(-1), first: model },
      { kind: 'keys', count: 2, more: false, by: inDays(2), first: 'idle' },
      { kind: 'decide', count: 2, more: true, by: inDays(3), first: model },
      { kind: 'answers', count: 1, more: false, by: inDays(4), first: model },
      { kind: 'grants', count: 1, more: false, by: inDays(13), first: model },
    ]);
  });

  it('is not what was taken care of: a key with a successor, a grant whose renewal waits for others', () => {
    const soon = { expiresAt: inDays(3) };
    const lists = {
      requests: { items: [fakeRequest({ id: 'r', model, renews: 'g' }, NOW)] },
      grants: { items: [fakeGrant({ id: 'g', model, ...soon }, NOW)] },
      keys: {
        items: [
          fakeKey({ id: 'k', name: 'old', successorId: 'new', ...soon }, NOW),
          fakeKey(
            {
              id: 'l',
              name: 'away',
              standing: { state: 'dormant', because: 'tenant-suspended' },
              ...soon,
            },
            NOW,
          ),
        ],
      },
    };
    expect(tasksOf(lists, NOW)).toEqual([]);
  });
});
