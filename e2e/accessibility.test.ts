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

      await open(page, `/models/${NAMESPACE}/nothing`);
      await expect(page.getByText(/not yours to see/)).toBeVisible();
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
