import { Page, expect, test } from '@playwright/test';
import { NAMESPACE, createModel, deleteModel } from './support/cluster';
import { open, Persona, signIn } from './support/signIn';

const HIDDEN = 'e2e-hidden-treasure';
const all = ['e2e-for-everyone', 'e2e-on-request', HIDDEN];

test.beforeAll(async () => {
  await createModel({
    name: 'e2e-for-everyone',
    modelId: 'e2e/everyone',
    access: { public: true },
  });
  await createModel({
    name: 'e2e-on-request',
    modelId: 'e2e/on-request',
    access: { groups: ['research'], requestable: true },
  });
  await createModel({
    name: HIDDEN,
    modelId: `e2e/${HIDDEN}`,
    access: { groups: ['research'] },
  });
});

test.afterAll(async () => {
  for (const name of all) {
    await deleteModel(name);
  }
});

/** Names of our models on the Models page. */
async function seenBy(page: Page): Promise<string[]> {
  await open(page, '/models?search=e2e-');
  await expect(
    page.getByRole('link', { name: all[0], exact: true }),
  ).toBeVisible();
  const links = page.getByRole('row').getByRole('link', { name: /^e2e-/ });
  return (await links.allTextContents()).sort();
}

const visible: Record<Persona, string[]> = {
  mara: ['e2e-for-everyone', 'e2e-on-request'],
  jonas: ['e2e-for-everyone', HIDDEN, 'e2e-on-request'],
  priya: ['e2e-for-everyone', HIDDEN, 'e2e-on-request'],
  otto: ['e2e-for-everyone', 'e2e-on-request'],
};

/** How each stands to the model on request. */
const standing: Record<Persona, string> = {
  mara: 'On request',
  jonas: 'Open to you',
  priya: 'On request',
  otto: 'No tenant yet',
};

for (const persona of ['mara', 'jonas', 'priya', 'otto'] as const) {
  test(`${persona} sees what ${persona} may use or ask for, and nothing else`, async ({
    page,
  }) => {
    await signIn(page, persona);
    expect(await seenBy(page)).toEqual(visible[persona]);
    const asked = page.getByRole('row', { name: /e2e-on-request/ });
    await expect(asked.getByText(standing[persona])).toBeVisible();
  });
}

test('the outsider finds a hidden model nowhere: not by address, in the catalog, in search, or in any answer', async ({
  page,
  browser,
}) => {
  test.slow();
  // The catalog has it: jonas, who may see it, waits until it is there.
  const insider = await browser.newPage();
  await signIn(insider, 'jonas');
  await open(insider, `/catalog/default/api/${NAMESPACE}.${HIDDEN}`);
  await expect(async () => {
    await insider.reload();
    await expect(
      insider.getByRole('heading', { name: HIDDEN }).first(),
    ).toBeVisible({ timeout: 5_000 });
  }).toPass({ timeout: 90_000 });
  await insider.close();

  await signIn(page, 'otto');
  const betrayals: string[] = [];
  page.on('response', async response => {
    const body = await response.text().catch(() => '');
    // What the page itself asked for by name is no betrayal; an answer that repeats it in data is.
    if (
      body.includes(HIDDEN) &&
      response.ok() &&
      response.url().includes('/api/')
    ) {
      betrayals.push(response.url());
    }
  });

  await open(page, `/models/${NAMESPACE}/${HIDDEN}`);
  const words = page.getByText(
    'There is nothing here, or it is not yours to see',
  );
  await expect(words).toBeVisible();
  await open(page, `/models/${NAMESPACE}/e2e-never-was`);
  await expect(words).toBeVisible();

  await open(page, '/models');
  await expect(
    page.getByRole('link', { name: all[0], exact: true }),
  ).toBeVisible();
  await expect(page.getByText(HIDDEN)).toHaveCount(0);

  await open(page, '/catalog?filters[kind]=api');
  await expect(page.getByRole('link', { name: all[0] }).first()).toBeVisible();
  await expect(page.getByText(HIDDEN)).toHaveCount(0);

  await open(page, `/catalog/default/api/${NAMESPACE}.${HIDDEN}`);
  await expect(page.getByRole('heading', { name: HIDDEN })).toHaveCount(0);

  await open(page, `/search?query=${HIDDEN}`);
  await expect(page.getByRole('link', { name: all[0] }).first()).toBeVisible();
  await expect(page.getByRole('link', { name: HIDDEN })).toHaveCount(0);

  expect(betrayals).toEqual([]);
});

test('there is no way in without signing in', async ({ page }) => {
  await open(page, '/models');
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await expect(page.getByText(/guest/i)).toHaveCount(0);
  await expect(page.getByRole('table')).toHaveCount(0);
});
