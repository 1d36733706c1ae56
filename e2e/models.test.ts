import { execFileSync } from 'node:child_process';
import { Page, expect, test } from '@playwright/test';
import {
  NAMESPACE,
  accessToken,
  createModel,
  createSecret,
  deleteModel,
  deleteSecret,
  setFault,
} from './support/cluster';
import { portal, request } from './support/portal';
import { Persona, confirmDevice, open, signIn } from './support/signIn';

/** The chip that says that a model answers. */
function callable(page: Page) {
  return page
    .getByRole('region', { name: 'Call it' })
    .getByText('Callable', { exact: true });
}

async function snippetOf(page: Page, language: string): Promise<string> {
  await page
    .getByRole('radio', { name: language, exact: true })
    .check({ force: true });
  return (
    (await page.getByRole('region', { name: language }).textContent()) ?? ''
  );
}

function shell(script: string, environment: Record<string, string>): string {
  return execFileSync('sh', ['-c', script], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Does what the page says, letter by letter: fetch a token by the device's code, then call the model with curl. */
async function callAsShown(page: Page, person: Persona): Promise<unknown> {
  const environment = { CURL_CA_BUNDLE: portal().caFile };
  const [ask, fetchToken] = (await snippetOf(page, 'Token')).split('# 2.');
  const device = shell(ask, environment);
  const browser = await page.context().browser()?.newContext();
  const elsewhere = await browser?.newPage();
  if (!browser || !elsewhere) {
    throw new Error('no second browser to sign in the command line with');
  }
  await elsewhere.goto(JSON.parse(device).verification_uri_complete);
  await confirmDevice(elsewhere, person);
  await browser.close();
  const call = await snippetOf(page, 'curl');
  return JSON.parse(
    shell(`#${fetchToken}\n${call}`, { ...environment, DEVICE: device }),
  );
}

test('a model goes from its custom resource to Ready before one’s eyes, and answers', async ({
  page,
}) => {
  const modelId = 'e2e/ready';
  test.slow();
  await signIn(page, 'mara');
  await page.getByRole('link', { name: 'Models', exact: true }).click();
  await expect(
    page.getByRole('heading', { level: 1, name: 'Models' }),
  ).toBeVisible();

  await createModel({ name: 'e2e-ready', modelId, access: { public: true } });
  try {
    // Nothing is reloaded from here on.
    const row = page.getByRole('row', { name: /e2e-ready/ });
    const show = page.getByRole('button', { name: '1 changed, show' });
    await expect(row.or(show).first()).toBeVisible();
    // A new row between others waits until one asks for it.
    if (await show.isVisible()) {
      await show.click();
    }
    await expect(row).toBeVisible();
    await expect(row.getByText('Open to you')).toBeVisible();
    await expect(row.getByText(/^(Downloading|Starting)$/)).toBeVisible();
    await row.getByRole('link', { name: 'e2e-ready', exact: true }).click();

    const steps = page.getByRole('list', { name: 'From request to Ready' });
    await expect(steps.getByRole('listitem').nth(2)).toHaveAttribute(
      'aria-current',
      'step',
      { timeout: 60_000 },
    );
    await expect(callable(page)).toBeVisible({
      timeout: 90_000,
    });
    await expect(page.getByText(/^Serving for \d+ s$/)).toBeVisible();

    const snippet = await snippetOf(page, 'curl');
    const url = /https:\/\/\S+\/chat\/completions/.exec(snippet)?.[0];
    const data = /-d '(.*)'$/s.exec(snippet)?.[1];
    const answer = await request(url ?? 'https://no.address.in.the.snippet', {
      method: 'POST',
      headers: { authorization: `Bearer ${await accessToken('mara')}` },
      body: JSON.parse(data ?? '{}'),
    });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({
      model: modelId,
      choices: [{ message: { role: 'assistant' } }],
    });
    expect(await callAsShown(page, 'mara')).toMatchObject({ model: modelId });
  } finally {
    await deleteModel('e2e-ready');
  }
  await open(page, '/models?search=e2e-ready');
  await expect(page.getByText('No model matches “e2e-ready”')).toBeVisible();
});

test('a model that fails says what broke and what to do, and heals without a reload', async ({
  page,
}) => {
  test.slow();
  await createModel({
    name: 'e2e-heals',
    modelId: 'mistralai/e2e-heals',
    access: { groups: ['developers'] },
    authSecretName: 'e2e-token',
  });
  try {
    await signIn(page, 'mara');
    await open(page, `/models/${NAMESPACE}/e2e-heals`);
    const failure = page.getByRole('region', { name: /Secret/ });
    await expect(failure).toBeVisible({ timeout: 60_000 });
    for (const question of [
      'What broke',
      'Why',
      'Who can fix it',
      'What to do',
    ]) {
      await expect(
        failure.getByRole('heading', { name: question }),
      ).toBeVisible();
    }
    await expect(
      page.getByRole('table', { name: 'Conditions' }).getByRole('row').nth(1),
    ).toContainText('WeightsReady');

    await createSecret('e2e-token', 'HF_TOKEN', 'hf_accepted');
    await expect(callable(page)).toBeVisible({
      timeout: 120_000,
    });
    await expect(failure).toBeHidden();
  } finally {
    await deleteModel('e2e-heals');
    await deleteSecret('e2e-token');
  }
});

test('a download that is refused is named on the Models page', async ({
  page,
}) => {
  const repository = 'e2e/refused';
  const heal = await setFault({
    type: 'download',
    repository,
    reason: 'SourceForbidden',
  });
  await createModel({
    name: 'e2e-refused',
    modelId: repository,
    access: { public: true },
  });
  try {
    await signIn(page, 'mara');
    await open(page, '/models?phases=Error');
    const row = page.getByRole('row', { name: /e2e-refused/ });
    await expect(row.getByText('Error', { exact: true })).toBeVisible({
      timeout: 60_000,
    });
    await row.getByRole('link', { name: 'See why: e2e-refused' }).click();
    await expect(
      page.getByRole('heading', { level: 1, name: 'e2e-refused' }),
    ).toBeVisible();
    await expect(page.getByText('SourceForbidden').first()).toBeVisible();
    await page
      .getByRole('button', { name: /Show the log of e2e-refused-download/ })
      .first()
      .click();
    await expect(page.getByRole('region', { name: 'Log lines' })).toContainText(
      /\S/,
    );
  } finally {
    await heal();
    await deleteModel('e2e-refused');
  }
});
