import AxeBuilder from '@axe-core/playwright';
import { Page, expect } from '@playwright/test';
import { portal } from './portal';

/** The people of the sandbox. */
export type Persona = 'mara' | 'jonas' | 'priya' | 'otto';

const names: Record<Persona, string> = {
  mara: 'Mara Lindqvist',
  jonas: 'Jonas Weber',
  priya: 'Priya Raman',
  otto: 'Otto Brandt',
};

/** Signs in as a person would: the button, the provider's window, the password. Ends on Home. */
export async function signIn(page: Page, persona: Persona): Promise<void> {
  await page.goto(portal().portalUrl);
  const popupOpens = page.waitForEvent('popup');
  await page.getByRole('button', { name: 'Sign in' }).click();
  const popup = await popupOpens;
  await popup.getByRole('radio', { name: names[persona] }).check();
  await popup.getByLabel('Password').fill(persona);
  await popup.getByRole('button', { name: 'Sign in' }).click();
  await expect(
    page.getByRole('link', { name: `Your account: ${names[persona]}` }),
  ).toBeVisible();
}

/** Lets a command line in by the code that it shows, in the provider's own pages. */
export async function confirmDevice(
  page: Page,
  persona: Persona,
): Promise<void> {
  await page.getByRole('button').first().click();
  await page.getByRole('radio', { name: names[persona] }).check();
  await page.getByLabel('Password').fill(persona);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('Connected').first()).toBeVisible();
}

/** Goes to a page of the portal. */
export function open(page: Page, path: string) {
  return page.goto(`${portal().portalUrl}${path}`);
}

/** Fails with what is wrong if the page breaks a rule of WCAG 2.2 A or AA. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    // Backstage UI says there for some seconds what happened to a button that may be gone by now.
    .exclude('[data-live-announcer]')
    .analyze();
  expect(
    violations.map(
      ({ id, help, nodes }) =>
        `${id}: ${help}\n${nodes
          .map(node => `  ${node.html}\n  ${node.failureSummary}`)
          .join('\n')}`,
    ),
  ).toEqual([]);
}
