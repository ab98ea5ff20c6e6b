/** After the first visit the whole course is there without a network. */
import { expect, test } from './fixtures.ts';

test.use({ serviceWorkers: 'allow' });

test('pages never visited open without a network', async ({ page, context }) => {
  test.slow();
  await page.goto('/en/');
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await context.setOffline(true);
  await page.goto('/ko/workloads/deployment/');
  await expect(page.locator('h1')).toBeVisible();
  await page.goto('/en/playground/');
  await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
  await expect(page.locator('.xterm-rows')).toContainText('$');
  await page.goto('/en/nowhere/');
  await expect(page.locator('body')).toContainText('There is no page at this address.');
});
