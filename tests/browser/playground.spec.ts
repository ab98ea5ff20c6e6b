/** The playground: a cluster without a lesson, and what is kept and shared of it. */
import { axeFindings, expect, horizontalOverflow, test } from './fixtures.ts';
import { hurry, pods, run, screen } from './workspace-page.ts';

test('a Korean learner with a phone has it too', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 800 });
  await page.goto('/ko/playground/');
  await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
  // The introduction, which stood in the cluster's place, is not found under it; on paper it stands above.
  await expect(page.getByText('수업 없이').filter({ visible: true })).toHaveCount(0);
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByText('수업 없이').filter({ visible: true })).toHaveCount(1);
  await page.emulateMedia({ media: null });
  await hurry(page);
  await run(page, 'kubectl create deployment web --image=nginx:1.27 --replicas=2');
  await expect(screen(page)).toContainText('created');
  await expect(pods(page, 'ready')).toHaveCount(2);
  const head = page.locator('.playground .head');
  const more = head.getByRole('button', { name: '더 보기' });
  await more.click();
  await expect(head.getByRole('button', { name: '링크로 공유' })).toBeVisible();
  expect(await axeFindings(page)).toEqual([]);
  expect(await horizontalOverflow(page)).toBe(0);
  expect(await head.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Escape');
  await expect(more).toBeFocused();
  await expect(head.getByRole('button', { name: '링크로 공유' })).toBeHidden();
});

test('a link carries the cluster to another browser', async ({ page, context, browser, site }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/en/playground/?cluster=two-workers');
  await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
  await hurry(page);
  await run(page, 'kubectl create deployment web --image=nginx:1.27 --replicas=3');
  await expect(pods(page, 'ready')).toHaveCount(3);
  await page.getByRole('button', { name: 'Share link' }).click();
  await expect(page.locator('.playground')).toContainText('The link is copied');
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link.startsWith(`${site}/en/playground/`)).toBe(true);
  const other = await browser.newContext();
  const stranger = await other.newPage();
  await stranger.goto(link);
  await expect(pods(stranger, 'ready')).toHaveCount(3);
  await expect(stranger.locator('.room')).toHaveCount(2);
  expect(stranger.url()).not.toContain('#');
  await other.close();
});

test('YAML is applied, axe finds nothing, and another cluster is another work', async ({ page }) => {
  await page.goto('/en/playground/');
  await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
  await hurry(page);
  await run(page, 'kubectl apply -f app.yaml');
  await expect(pods(page, 'ready')).toHaveCount(3);
  expect(await axeFindings(page)).toEqual([]);
  expect(await horizontalOverflow(page)).toBe(0);
  await page.locator('.playground .head select').selectOption('one-worker');
  await expect(page.locator('.room')).toHaveCount(1);
  await expect(pods(page)).toHaveCount(0);
  await page.locator('.playground .head select').selectOption('three-workers');
  await expect(pods(page, 'ready')).toHaveCount(3);
});
