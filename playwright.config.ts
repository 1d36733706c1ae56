import { defineConfig } from '@playwright/test';

/**
 * Browser tests against the whole portal: sandbox, backend and the built pages, started by `e2e/support/startPortal.ts`
 * on free ports. `SLIPWAY_E2E` may hold the line of JSON that `npm start` prints, to use a portal that runs already.
 */
export default defineConfig({
  testDir: './e2e',
  testMatch: '**/*.test.ts',
  globalSetup: './e2e/support/startPortal.ts',
  outputDir: './.slipway/e2e',
  // One cluster, one portal: tests take their turns.
  workers: 1,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1440, height: 1000 },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox'],
    },
  },
});
