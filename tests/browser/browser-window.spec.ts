/** The browser window in the workspace: an app as its users see it, from outside of the cluster, through the load balancer. */
import { axeFindings, expect, horizontalOverflow, test } from './fixtures.ts';
import { hurry, pods, run, screen } from './workspace-page.ts';

test('opens the app through the load balancer, says who answered, and stays inside the simulated network', async ({
  page,
}) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto('/en/playground/?cluster=cloud');
  await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
  await hurry(page);
  await run(page, 'kubectl create deployment web --image=nginx --replicas=2');
  await expect(pods(page, 'ready')).toHaveCount(2);
  await run(page, 'kubectl expose deployment web --port=80 --type=LoadBalancer');
  await expect(screen(page)).toContainText('exposed');
  await page.locator('#tab-browser').click();
  const window = page.locator('#panel-browser');
  await window.getByRole('button', { name: /^http:\/\/203\.0\.113\./ }).click();
  await expect(window.locator('[data-status="200"]')).toContainText(/Pod default\/web-\S+ answered\./);
  const stops = window.locator('.way .stop');
  await expect(stops.first()).toHaveText('you');
  await expect(stops.nth(1)).toHaveText(/^load balancer 203\.0\.113\.\d+$/);
  await expect(stops.last()).toHaveText(/^default\/web-/);
  const inside = page.frameLocator('#panel-browser iframe');
  await expect(inside.getByRole('heading')).toHaveText('Welcome to nginx!');
  expect(await axeFindings(page)).toEqual([]);
  expect(await horizontalOverflow(page)).toBe(0);
  // A link to the world leads to nothing but the simulated one.
  await inside.getByRole('link').first().click();
  await expect(window.locator('.problem')).toContainText('Could not resolve host');
  expect(asked.filter((url) => /nginx\.(org|com)/.test(url))).toEqual([]);

  await run(page, 'kubectl scale deployment web --replicas=0');
  await expect(pods(page)).toHaveCount(0);
  await window.getByRole('textbox').fill('http://10.0.0.11:1/');
  await window.getByRole('button', { name: 'Go' }).click();
  await expect(window.locator('.problem').first()).toContainText('No page: Connection refused');
});

test('what a page brings along does not run', async ({ page }) => {
  await page.goto('/ko/playground/');
  await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
  await hurry(page);
  await run(page, 'kubectl run evil --image=nginx --port=80');
  await expect(pods(page, 'ready')).toHaveCount(1);
  const html =
    '<h1 onclick=top.hit=1>here</h1><script>top.hit=2</script><img src=x onerror=top.hit=3><form action=/next><input name=q value=1><button>send</button></form>';
  await run(page, `kubectl exec evil -- sh -c 'echo "${html}" > /usr/share/nginx/html/index.html; echo "writ""ten"'`);
  await expect(screen(page)).toContainText('written');
  await run(page, 'kubectl expose pod evil --type=NodePort --port=80');
  await expect(screen(page)).toContainText('exposed');
  await page.locator('#tab-browser').click();
  const window = page.locator('#panel-browser');
  await window.getByRole('button', { name: /^http:\/\/10\.0\.0\.\d+:3/ }).click();
  const inside = page.frameLocator('#panel-browser iframe');
  await expect(window.locator('[data-status="200"]')).toContainText('파드 default/evil이(가) 답했습니다.');
  await expect(inside.locator('body')).toContainText('here');
  await inside.getByRole('heading').click();
  await inside.getByRole('button').click();
  await expect(window.getByRole('textbox')).toHaveValue(/\/next\?q=1$/);
  await expect(window.locator('[data-status="404"]')).toBeVisible();
  expect(await page.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined();
});
