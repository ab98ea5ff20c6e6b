/** The browser window in the workspace: an app as its users see it, from outside of the cluster, through the load balancer. */
import { expect, test } from './fixtures.ts';
import { hurry, pods, run, screen } from './workspace-page.ts';

test('opens the app through the load balancer, and says who answered and how the packet went', async ({ page }) => {
  await page.goto('/en/playground/?cluster=cloud');
  await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
  await hurry(page);
  await run(page, 'kubectl create deployment web --image=nginx --replicas=2');
  await expect(pods(page, 'ready')).toHaveCount(2);
  await run(page, 'kubectl expose deployment web --port=80 --type=LoadBalancer');
  await expect(screen(page)).toContainText('exposed');
  await page.locator('#tab-browser').click();
  const window = page.locator('#panel-browser');
  const packet = page.waitForSelector('.stage [data-packet=delivered]', { state: 'attached' });
  await window.getByRole('button', { name: /^http:\/\/203\.0\.113\./ }).click();
  // The map shows the way, too: from outside to the pod.
  expect(await (await packet).textContent()).toContain('GET /');
  await expect(window.locator('[data-status="200"]')).toContainText(/Pod default\/web-\S+ answered\./);
  const stops = window.locator('.way .stop');
  await expect(stops.first()).toHaveText('you');
  await expect(stops.nth(1)).toHaveText(/^load balancer 203\.0\.113\.\d+$/);
  await expect(stops.last()).toHaveText(/^default\/web-/);
  // No script runs in the frame, not even a test's: what it shows is read from outside.
  const frame = window.locator('iframe');
  await expect(frame).toHaveAttribute('sandbox', 'allow-same-origin allow-forms');
  await expect(frame).toHaveAttribute('srcdoc', /Content-Security-Policy[\s\S]*Welcome to nginx!/);
});
