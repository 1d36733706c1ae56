import { expect, test } from '@playwright/test';
import { NAMESPACE, createModel, deleteModel } from './support/cluster';
import { expectAccessible, open, signIn } from './support/signIn';

test.beforeAll(() =>
  createModel({
    name: 'e2e-look',
    modelId: 'missing/e2e-look',
    access: { public: true },
  }),
);

test.afterAll(() => deleteModel('e2e-look'));

for (const scheme of ['light', 'dark'] as const) {
  for (const width of [1440, 800]) {
    test(`every page can be read and worked, ${scheme} at ${width} px`, async ({
      page,
    }) => {
      test.slow();
      await page.setViewportSize({ width, height: 1000 });
      await page.emulateMedia({ colorScheme: scheme });
      await open(page, '/');
      await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
      await expectAccessible(page);

      await signIn(page, 'mara');
      await expect(
        page.getByRole('heading', { name: 'What to do next' }),
      ).toBeVisible();
      await expectAccessible(page);

      await open(page, '/models');
      await expect(
        page.getByRole('link', { name: 'e2e-look', exact: true }),
      ).toBeVisible();
      await expectAccessible(page);
      await page.keyboard.press('?');
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectAccessible(page);

      await open(page, `/models/${NAMESPACE}/e2e-look`);
      await expect(
        page.getByRole('heading', { name: 'What to do' }),
      ).toBeVisible({ timeout: 60_000 });
      await expectAccessible(page);
      // A key's snippet has a link in its sentence.
      await page.getByRole('radio', { name: 'With a key' }).check();
      await expectAccessible(page);

      await open(page, `/models/${NAMESPACE}/nothing`);
      await expect(page.getByText(/not yours to see/)).toBeVisible();
      await expectAccessible(page);

      await open(page, '/no/such/page');
      await expect(
        page.getByRole('heading', { name: 'There is nothing at this address' }),
      ).toBeVisible();
      await expectAccessible(page);

      await open(page, '/access');
      await page.getByRole('button', { name: 'Create key' }).first().click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectAccessible(page);
    });
  }
}

test('nothing scrolls sideways but code, down to 320 px at 200 %', async ({
  page,
}) => {
  await signIn(page, 'mara');
  await page.setViewportSize({ width: 640, height: 900 });
  for (const path of ['/', '/models', `/models/${NAMESPACE}/e2e-look`]) {
    await open(page, path);
    await expect(page.getByRole('main')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    const overflow = await page.evaluate(
      () =>
        document.documentElement.scrollWidth -
        document.documentElement.clientWidth,
    );
    expect(overflow, path).toBeLessThanOrEqual(0);
  }
});

test('on a narrow screen what one may do stands before what explains the phase, for the eye and for the keyboard', async ({
  page,
}) => {
  await signIn(page, 'mara');
  for (const width of [1440, 800]) {
    await page.setViewportSize({ width, height: 900 });
    await open(page, `/models/${NAMESPACE}/e2e-look`);
    const topOf = async (name: string) =>
      (await page.getByRole('heading', { name, exact: true }).boundingBox())?.y;
    const access = await topOf('Your access');
    const conditions = await topOf('Conditions');
    expect(access, `${width} px`).toBeLessThan(conditions ?? 0);
    const names = await page
      .getByRole('main')
      .getByRole('heading')
      .allInnerTexts();
    expect(names.indexOf('Your access')).toBeLessThan(
      names.indexOf('Conditions'),
    );
  }
});

test('nothing leads to Docs where there is nothing to read', async ({
  page,
}) => {
  await signIn(page, 'mara');
  const catalog = page.waitForResponse(/\/entities\/by-query.*techdocs-ref/);
  await open(page, '/');
  await catalog;
  await expect(
    page.getByRole('heading', { name: 'What to do next' }),
  ).toBeVisible();
  await expect(page.locator('a[href="/docs"]')).toHaveCount(0);
});
