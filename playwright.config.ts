import { defineConfig } from '@playwright/test';

// Browser tests are tests/browser/*.spec.ts. They import `test` from tests/browser/fixtures.ts, which serves the built site.
export default defineConfig({
  testDir: 'tests/browser',
  outputDir: 'test-results',
  // One browser at a time: the tests share two cores with the cluster they look at.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  // A shared machine may be slow for a moment: there, a test that failed is tried once more, and named flaky.
  retries: process.env.CI === undefined ? 0 : 1,
  timeout: 60_000,
  // The picture shows things a little after the cluster did them.
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    // Only the tests of offline use let the site keep itself: it would be fetched whole for every page.
    serviceWorkers: 'block',
    locale: 'en-US',
    // The picture follows the cluster at once. What travels, and that it does, has tests of its own.
    contextOptions: { reducedMotion: 'reduce' },
    // A trace photographs the whole page at every step, which costs as much as the test: only what is tried once more is recorded.
    trace: 'on-first-retry',
    launchOptions: {
      executablePath: process.env.JOTASU_BROWSER || undefined,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    },
  },
});
