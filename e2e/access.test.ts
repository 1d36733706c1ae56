import { Browser, Page, expect, test } from '@playwright/test';
import { catalogOf } from './support/catalog';
import {
  NAMESPACE,
  accessToken,
  createModel,
  deleteModel,
} from './support/cluster';
import { portal, request } from './support/portal';
import { Persona, expectAccessible, open, signIn } from './support/signIn';

// Requests and grants outlive a model: each run has its own.
const MODEL = `e2e-access-${Date.now().toString(36)}`;
const MODEL_ID = `e2e/${MODEL}`;
/** What a person feels as "at once" on a machine that is busy with tests; the promise itself is measured by a benchmark. */
const AT_ONCE_MS = 5_000;
/** Membership is looked up every 60 s. */
const ONE_REFRESH_MS = 90_000;

test.describe.configure({ mode: 'serial' });
test.use({ actionTimeout: 30_000 });

test.beforeAll(() =>
  createModel({
    name: MODEL,
    modelId: MODEL_ID,
    access: { groups: ['research'], requestable: true },
  }),
);

test.afterAll(() => deleteModel(MODEL));

/** Calls the model as a program outside would; answers the status and the code of the error, if any. */
async function call(url: string, key: string) {
  const answer = await request(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: {
      model: MODEL_ID,
      messages: [{ role: 'user', content: 'Hello' }],
    },
  });
  const code = /"code":"(\w+)"/.exec(answer.body.replace(/\s/g, ''))?.[1];
  return { status: answer.status, code };
}

/** Waits until the model answers so; says how long that took. */
async function untilAnswered(
  url: string,
  key: string,
  status: number,
  withinMs: number,
): Promise<number> {
  const since = Date.now();
  await expect
    .poll(async () => (await call(url, key)).status, {
      timeout: withinMs,
      intervals: [25],
    })
    .toBe(status);
  return Date.now() - since;
}

/** Somebody else, signed in beside the first. */
async function secondPerson(browser: Browser, persona: Persona): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 1000 },
  });
  const page = await context.newPage();
  await signIn(page, persona);
  return page;
}

async function askForModel(page: Page, reason: string): Promise<void> {
  await open(page, `/models?search=${MODEL}`);
  await page.getByRole('button', { name: `Ask for it: ${MODEL}` }).click();
  const dialog = page.getByRole('dialog', {
    name: `Request access to ${MODEL}`,
  });
  await dialog.getByRole('textbox', { name: /Why/ }).fill(reason);
  await dialog.getByRole('button', { name: 'Send request' }).click();
  await expect(
    page.getByRole('dialog', { name: 'Your request is on its way' }),
  ).toBeVisible();
}

/** Makes a key on the Access page; answers the key and the address that its curl calls. */
async function createKey(page: Page, name: string) {
  await open(page, '/access');
  await page
    .getByRole('banner')
    .getByRole('button', { name: 'Create key' })
    .click();
  const form = page.getByRole('dialog', { name: 'Create key' });
  await form.getByRole('textbox', { name: /Name/ }).fill(name);
  await form.getByRole('checkbox', { name: new RegExp(MODEL) }).check({
    force: true,
  });
  await form.getByRole('button', { name: 'Create key' }).click();
  const dialog = page.getByRole('dialog', { name: 'Copy your key now' });
  await expect(dialog.getByRole('button', { name: 'Copy' })).toBeFocused();
  const key = await dialog.getByText(/^sk-slw-\w{49}$/).textContent();
  await dialog
    .getByRole('button', { name: 'Show a curl that uses it' })
    .click();
  const curl = dialog.getByRole('region', { name: 'curl with the key' });
  await expect(curl).toContainText('Bearer $SLIPWAY_KEY');
  const url = /https:\/\/\S+\/chat\/completions/.exec(
    (await curl.textContent()) ?? '',
  )?.[0];
  await expectAccessible(page);
  await dialog
    .getByRole('checkbox', { name: 'I have stored it' })
    .check({ force: true });
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(dialog).toBeHidden();
  if (!key || !url) {
    throw new Error('the dialog shows no key or no address');
  }
  return { key, url };
}

test('ask, approve, key, call, revoke, refused', async ({ page, browser }) => {
  test.slow();
  await signIn(page, 'mara');
  await askForModel(page, 'For the support desk');
  await open(page, '/access');
  const grants = page.getByRole('table', { name: 'My grants' });
  const row = grants.getByRole('row', { name: new RegExp(MODEL) });
  await expect(row.getByText('Requested')).toBeVisible();

  // Jonas owns her tenant.
  const owner = await secondPerson(browser, 'jonas');
  await owner
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: /^Approvals/ })
    .click();
  await owner
    .getByRole('list', { name: 'Waiting for you' })
    .getByRole('link', { name: new RegExp(MODEL) })
    .click();
  const detail = owner.getByRole('article', {
    name: new RegExp(`Apps asks for ${MODEL}`),
  });
  await expect(detail.getByText('For the support desk')).toBeVisible();
  await expectAccessible(owner);
  await owner.keyboard.press('a');
  await expect(detail.getByRole('button', { name: 'Approve' })).toBeFocused();
  await owner.keyboard.press('Enter');
  await expect(detail.getByRole('status').getByText('Approved')).toBeVisible();
  await owner.close();

  // She sees it without a reload.
  await expect(row.getByText('Active')).toBeVisible();
  await expect(row.getByText(/Approved by Jonas Weber/)).toBeVisible();
  const { key, url } = await createKey(page, `${MODEL}-key`);
  expect(page.url()).not.toContain(key);
  await untilAnswered(url, key, 200, 120_000);

  await page.getByRole('button', { name: `Revoke ${MODEL}-key` }).click();
  await page.getByRole('button', { name: 'Revoke now' }).click();
  const tookMs = await untilAnswered(url, key, 401, AT_ONCE_MS);
  test.info().annotations.push({
    type: 'revocation',
    description: `refused ${tookMs} ms after the click`,
  });
  await expect(
    page.getByRole('button', { name: `Revoke ${MODEL}-key` }),
  ).toBeHidden();
});

test('the kill switch stops a person at once, and lets her go on', async ({
  page,
  browser,
}) => {
  test.slow();
  await signIn(page, 'mara');
  const { key, url } = await createKey(page, 'e2e-blocked');
  await untilAnswered(url, key, 200, 60_000);

  const admin = await secondPerson(browser, 'priya');
  await open(admin, '/access/blocks');
  await admin.getByRole('button', { name: 'Block', exact: true }).click();
  const dialog = admin.getByRole('dialog', { name: 'Block at once' });
  // By its label, as a person does: the click waits until the dialog has come to rest.
  await dialog.getByText('User', { exact: true }).click();
  await expect(dialog.getByRole('radio', { name: 'User' })).toBeChecked();
  await dialog.getByRole('button', { name: /Choose a person/ }).click();
  await admin.getByRole('option', { name: /Mara/ }).click();
  await dialog.getByRole('textbox', { name: /Why/ }).fill('A test of ours');
  await expectAccessible(admin);
  await dialog.getByRole('button', { name: 'Block the user' }).click();
  await expect
    .poll(async () => (await call(url, key)).status, {
      timeout: AT_ONCE_MS,
      intervals: [25],
    })
    .not.toBe(200);
  // What the gateway refuses no page offers.
  const promises = page.getByText(/^(Open to you|Granted|Callable|Call it)$/);
  for (const path of ['/', '/models', `/models/${NAMESPACE}/${MODEL}`]) {
    await open(page, path);
    await expect(
      page.getByText(/blocked user:default\/mara: every call is refused/),
    ).toBeVisible();
    await expectAccessible(page);
  }
  await expect(page.getByText(/403, user_blocked/)).toBeVisible();
  await open(page, '/models');
  await expect(
    page.getByText('Refused until an admin lifts it').first(),
  ).toBeVisible();
  await expect(promises).toHaveCount(0);
  await open(page, '/access');
  await expect(
    page.getByText('until an admin lifts the block of the person').first(),
  ).toBeVisible();
  await expect(
    page.getByRole('button', { name: /^(Request access|Create key)$/ }),
  ).toHaveCount(0);
  await admin.getByRole('button', { name: /Lift the block/ }).click();
  await admin
    .getByRole('button', { name: 'Lift the block', exact: true })
    .click();
  await untilAnswered(url, key, 200, AT_ONCE_MS);
  await admin.close();

  await open(page, '/access');
  await expect(page.getByRole('button', { name: 'Create key' })).toBeVisible();
  await page.getByRole('button', { name: 'This key leaked' }).click();
  await page.getByRole('button', { name: 'End the leaked key' }).click();
  await untilAnswered(url, key, 401, AT_ONCE_MS);
});

test('an admin gives access unasked, to somebody whom the tenant knows by name, and the history says so', async ({
  page,
}) => {
  await signIn(page, 'priya');
  await open(page, `/access/people?model=${NAMESPACE}/${MODEL}`);
  await page.getByRole('button', { name: 'Give access' }).click();
  const dialog = page.getByRole('dialog', { name: 'Give access unasked' });
  const choose = async (field: RegExp, option: RegExp) => {
    await dialog.getByRole('button', { name: field }).click();
    await page.getByRole('option', { name: option }).click();
  };
  await choose(/Model/, new RegExp(MODEL));
  await choose(/Tenant/, /Research/);
  await choose(/Person/, /Jonas Weber/);
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Give access' }).click();
  await expect(dialog).toBeHidden();
  await page
    .getByRole('button', { name: `History of Jonas Weber, ${MODEL}` })
    .click();
  const history = page.getByRole('list', {
    name: `History of Jonas Weber, ${MODEL}`,
  });
  await expect(history.getByRole('listitem')).toContainText('Gave access');
  await expectAccessible(page);
});

const pages: Record<Persona, string[]> = {
  mara: ['Models', 'Access'],
  jonas: ['Models', 'Access', 'Approvals'],
  priya: ['Models', 'Access', 'Approvals'],
  otto: ['Models'],
};

for (const persona of ['mara', 'jonas', 'priya', 'otto'] as const) {
  test(`${persona} finds in the sidebar the pages that ${persona} can open`, async ({
    page,
  }) => {
    await signIn(page, persona);
    const list = page
      .getByRole('navigation', { name: 'Main' })
      .getByRole('list', { name: 'Models and GPUs' });
    await expect(async () => {
      const shown = await list.getByRole('link').allInnerTexts();
      expect(shown.map(text => text.split('\n')[0])).toEqual(pages[persona]);
    }).toPass();
    for (const path of ['/access', '/approvals']) {
      await open(page, path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expectAccessible(page);
    }
    if (persona === 'otto') {
      await expect(page.getByText('You are not in a tenant yet')).toBeVisible();
      await expect(page.getByRole('table')).toHaveCount(0);
    }
  });
}

test('otto, who is in no tenant, is told so first, and no page promises a call that the gateway refuses', async ({
  page,
}) => {
  await signIn(page, 'otto');
  for (const path of ['/', '/models', `/models/${NAMESPACE}/${MODEL}`]) {
    await open(page, path);
    await expect(page.getByText('You are not in a tenant yet')).toBeVisible();
    await expect(
      page.getByText(/every call is refused.*user:default\/otto/),
    ).toBeVisible();
    await expectAccessible(page);
  }
  const chips = page.getByText('No tenant yet', { exact: true });
  await expect(chips).toHaveCount(2);
  await expect(
    page.getByRole('button', { name: /Request access|Create key/ }),
  ).toHaveCount(0);
  await open(page, '/models');
  await expect(chips.first()).toBeVisible();
  for (const promise of ['Open to you', 'Ask for it', 'Call it']) {
    await expect(page.getByText(promise, { exact: true })).toHaveCount(0);
  }

  const token = await accessToken('otto');
  const answer = () =>
    request(`${portal().internalGatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: { model: MODEL_ID, messages: [{ role: 'user', content: 'Hi' }] },
    });
  // A new portal comes to know its members only now; until then the answer is 401.
  await expect.poll(async () => (await answer()).status).toBe(403);
  expect((await answer()).body).toContain('no_tenant');
});

test('nobody decides on what she asked for herself, and a walk says what is missing', async ({
  page,
}) => {
  await signIn(page, 'priya');
  await askForModel(page, 'I run the platform');
  await open(page, '/approvals');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByText('I run the platform')).toHaveCount(0);
  await open(page, `/access/why?model=${NAMESPACE}/${MODEL}`);
  const walk = page.getByRole('list', {
    name: 'From the caller to the answer',
  });
  await expect(walk.locator('[aria-current=step]')).toContainText('Grant');
  await expectAccessible(page);
  await open(page, '/access');
  await page
    .getByRole('button', { name: `Withdraw the request for ${MODEL}` })
    .click();
  await page.getByRole('button', { name: 'Withdraw request' }).click();
  await expect(page.getByText('Requested')).toHaveCount(0);
});

for (const scheme of ['light', 'dark'] as const) {
  for (const width of [1440, 800]) {
    test(`the pages about access can be read and worked, ${scheme} at ${width} px`, async ({
      page,
    }) => {
      test.slow();
      await page.setViewportSize({ width, height: 1000 });
      await page.emulateMedia({ colorScheme: scheme });
      await signIn(page, 'priya');
      for (const path of [
        '/access',
        '/access/requests',
        '/access/people?state=all',
        '/access/people?state=due',
        '/access/why',
        '/access/blocks',
        '/access/audit',
        '/approvals',
        '/approvals/decided',
        '/approvals/rules',
      ]) {
        await open(page, path);
        await expect(
          page.getByRole('main').getByRole('heading').first(),
        ).toBeVisible();
        await expectAccessible(page);
        const overflow = await page.evaluate(
          () =>
            document.documentElement.scrollWidth -
            document.documentElement.clientWidth,
        );
        expect(overflow, path).toBeLessThanOrEqual(0);
      }
    });
  }
}

test('a key of somebody who left is refused within one refresh of the membership', async ({
  page,
  browser,
}) => {
  test.setTimeout(480_000);
  await signIn(page, 'mara');
  const { key, url } = await createKey(page, 'e2e-leaver');
  await untilAnswered(url, key, 200, 60_000);
  const admin = await secondPerson(browser, 'priya');
  const catalog = await catalogOf(admin);
  try {
    await catalog.leave('mara');
    await untilAnswered(url, key, 401, ONE_REFRESH_MS);
  } finally {
    await catalog.comeBack('mara');
  }
  // What was hers stays, as evidence.
  await open(admin, `/access/people?state=ended&model=${NAMESPACE}/${MODEL}`);
  await expect(admin.getByText('its holder left').first()).toBeVisible();
  await admin.close();
});
