import { screen, within } from '@testing-library/react';
import userEvent, { UserEvent } from '@testing-library/user-event';
import { fillAccess } from '../../../dev/fakeAccessData';
import { FakeBackend } from '../../../dev/FakeBackend';
import { fakeModels } from '../../../dev/fakeModels';

/** When the tests of the pages about access happen. */
export const NOW = Date.parse('2026-11-20T10:42:00Z');

/** A backend with something of everything about access, and who looks at its pages; the clock stands at {@link NOW}. */
export function openAccess(): { backend: FakeBackend; user: UserEvent } {
  jest.useFakeTimers({ now: NOW, advanceTimers: true });
  window.localStorage.clear();
  const backend = new FakeBackend(fakeModels(NOW));
  fillAccess(backend.access, NOW);
  const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
  return { backend, user };
}

/** A row of a table, once it is there. */
export async function rowOf(table: string, name: RegExp) {
  const rows = within(await screen.findByRole('table', { name: table }));
  return within(await rows.findByRole('row', { name }));
}
