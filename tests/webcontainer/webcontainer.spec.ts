/**
 * The vendor's own container, over the network: what the ten steps of docs/webcontainer-check.md look at, as far as a program can. What a
 * stand-in can show is tested every day, in tests/container and tests/browser/container.spec.ts.
 */
import path from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { serveFolder } from '../../scripts/site/static-server.ts';

const dist = process.env.JOTASU_DIST ?? path.join(import.meta.dirname, '../../dist');
let served: Awaited<ReturnType<typeof serveFolder>>;

test.beforeAll(async () => {
  served = await serveFolder({ folder: dist, port: 0 });
});
test.afterAll(() => served.close());

const machine = (page: Page) => page.locator('.machine');
const terminal = (page: Page) => page.getByRole('region', { name: 'Terminal of the container' });

async function type(page: Page, line: string): Promise<void> {
  await terminal(page).locator('.xterm-helper-textarea').focus();
  await page.keyboard.type(`${line}\n`);
}

test('the cluster moves into the real container, works there with kubectl and node, and comes back', async ({
  page,
}) => {
  await page.setViewportSize({ width: 1600, height: 1000 });
  await page.goto(`${served.address}/en/playground/`);
  await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await page.locator('.xterm-helper-textarea').first().focus();
  await page.keyboard.type('kubectl create deployment web --image=nginx:1.27 --replicas=2\n');
  await expect(page.locator('.xterm-rows').first()).toContainText('created');
  await page.getByRole('button', { name: 'Start the container' }).click();
  await expect(machine(page)).toHaveAttribute('data-place', 'container', { timeout: 90_000 });
  await type(page, 'node --version');
  await expect(terminal(page)).toContainText(/v2\d\.\d+\.\d+/);
  await type(page, 'kubectl get deployments');
  await expect(terminal(page)).toContainText(/web\s+2\/2/, { timeout: 30_000 });
  await type(page, 'kubectl scale deployment web --replicas=3');
  await expect(page.locator('.stage .pods .pod:not(.small):has(.tile.ready)')).toHaveCount(3);
  await type(page, 'echo hello > from-inside.txt');
  await page.getByRole('tab', { name: 'Files' }).click();
  await expect(page.getByRole('button', { name: 'from-inside.txt', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Back to this page' }).click();
  await expect(machine(page)).toHaveAttribute('data-place', 'page');
  await expect(page.locator('.stage .pods .pod:not(.small):has(.tile.ready)')).toHaveCount(3);
});
