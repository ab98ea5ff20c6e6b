/** A cluster moves into a container and back, or stays where it is when there is none. */
import path from 'node:path';
import type { Page } from '@playwright/test';
import { serveFolder } from '../../scripts/site/static-server.ts';
import { type Stub, serveStub } from './container-stub.ts';
import { axeFindings, expect, test } from './fixtures.ts';
import { hurry, pods, run, screen } from './workspace-page.ts';

const dist = process.env.JOTASU_DIST ?? path.join(import.meta.dirname, '../../dist');

let stub: Stub;
let served: Awaited<ReturnType<typeof serveFolder>>;

test.beforeAll(async () => {
  stub = await serveStub();
  served = await serveFolder({ folder: dist, port: 0, frames: [stub.address] });
});
test.afterAll(async () => {
  await served.close();
  await stub.close();
});
test.afterEach(({ watched }) => {
  const strangers = watched.strangers.filter((url) => !url.startsWith(served.address) && !url.startsWith(stub.address));
  watched.strangers.splice(0, watched.strangers.length, ...strangers);
});

/** Opens a page with a workspace, whose containers come from the stub. */
async function open(page: Page, address: string): Promise<void> {
  await page.addInitScript((url) => {
    Object.assign(globalThis, { WEBCONTAINER_API_IFRAME_URL: url });
  }, stub.address);
  await page.setViewportSize({ width: 1600, height: 1000 });
  await page.goto(`${served.address}${address}`);
  await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
  await expect(screen(page)).toContainText('$');
}

/** How often something in the page's head changes while 60 frames are drawn: a page at rest changes nothing there. */
async function changesOfHead(): Promise<number> {
  let changes = 0;
  const watch = new MutationObserver((records) => {
    changes += records.length;
  });
  watch.observe(document.head, { childList: true, subtree: true, characterData: true });
  for (let frame = 0; frame < 60; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
  watch.disconnect();
  return changes;
}

const machine = (page: Page) => page.locator('.machine');

test('the cluster moves into a container with what was done, works there, and comes back', async ({ page }) => {
  test.slow();
  stub.mode = 'works';
  await open(page, '/en/playground/');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await hurry(page);
  await run(page, 'kubectl create deployment web --image=nginx:1.27 --replicas=2');
  await expect(pods(page, 'ready')).toHaveCount(2);
  await page.getByRole('button', { name: 'Start the container' }).click();
  await expect(machine(page)).toHaveAttribute('data-place', 'booting');
  await expect(machine(page)).toContainText(/Step \d of 5: .* \d+ s/);
  await expect(machine(page)).toHaveAttribute('data-place', 'container', { timeout: 60_000 });
  // The same cluster, now in Node: its pods are there, and the container's own shell has kubectl and node.
  await expect(pods(page, 'ready')).toHaveCount(2);
  const terminal = page.getByRole('region', { name: 'Terminal of the container' });
  await terminal.locator('.xterm-helper-textarea').focus();
  const type = async (line: string) => {
    await page.keyboard.type(line);
    await page.keyboard.press('Enter');
  };
  await type('kubectl get deployments -o name && node -p 40+2');
  await expect(terminal).toContainText('deployment.apps/web');
  await expect(terminal).toContainText('42');
  await type('kubectl scale deployment web --replicas=3');
  await expect(pods(page, 'ready')).toHaveCount(3);
  // Files go both ways.
  await type('echo "from: inside" > inside.yaml');
  await page.getByRole('tab', { name: 'Files' }).click();
  await expect(page.getByRole('button', { name: 'inside.yaml', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'app.yaml', exact: true }).click();
  await page.locator('.cm-content').click();
  await page.keyboard.press('ControlOrMeta+Home');
  await page.keyboard.type('# 위에서\n');
  const container = stub.containers.at(-1)!;
  await expect
    .poll(async () => new TextDecoder().decode(await container.fs.readFile('app.yaml')))
    .toContain('# 위에서\napiVersion');
  expect(await axeFindings(page)).toEqual([]);
  // And back, with what was done there.
  await page.getByRole('button', { name: 'Back to this page' }).click();
  await expect(machine(page)).toHaveAttribute('data-place', 'page');
  await expect(pods(page, 'ready')).toHaveCount(3);
  await run(page, 'cat inside.yaml; kubectl get deploy web -o jsonpath={.spec.replicas}');
  await expect(screen(page).first()).toContainText('from: inside');
});

test('when its program ends, the cluster goes on in the page from what was saved', async ({ page }) => {
  test.slow();
  stub.mode = 'works';
  await open(page, '/ko/build-your-own/write-a-controller/');
  // Fonts that come by slices make the terminal measure its letters anew, and that must come to an end.
  await expect.poll(() => page.evaluate(changesOfHead)).toBe(0);
  await run(page, 'kubectl create configmap kept');
  await expect(screen(page)).toContainText('created');
  await page.getByRole('button', { name: '컨테이너 시작' }).click();
  await expect(machine(page)).toHaveAttribute('data-place', 'container', { timeout: 60_000 });
  stub.containers
    .at(-1)
    ?.started.find(({ command }) => command === 'node')
    ?.process.kill();
  await expect(machine(page).locator('[data-problem=lost]')).toContainText('컨테이너가 멈췄습니다');
  await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
  await run(page, 'kubectl get configmap kept');
  await expect(screen(page).first()).toContainText('DATA');
});

test('a frame that is silent, or blocked, leaves the learner where they were, within the time-out', async ({
  page,
  browser,
  watched,
}) => {
  test.slow();
  stub.mode = 'silent';
  // Both wait for what never comes: they wait at the same time.
  const context = await browser.newContext();
  const other = await context.newPage();
  other.on('pageerror', (error) => watched.errors.push(error.message));
  await page.route(`${stub.address}/**`, (route) => route.abort());
  const pages = [
    [page, '/en/playground/', 'Start the container', 'did not answer within 10 seconds'],
    [other, '/ko/playground/', '컨테이너 시작', '10초 안에 응답하지 않았습니다'],
  ] as const;
  for (const [one, address, button] of pages) {
    await open(one, address);
    await run(one, 'echo kind: Pod > mine.yaml');
    await one.getByRole('button', { name: button }).click();
    await expect(machine(one)).toHaveAttribute('data-place', 'booting');
    // The Worker works on meanwhile.
    await run(one, 'kubectl create configmap meanwhile');
    await expect(screen(one)).toContainText('configmap/meanwhile created');
  }
  for (const [one, , , sentence] of pages) {
    await expect(machine(one).locator('[data-problem=silent]')).toContainText(sentence, { timeout: 40_000 });
    await run(one, 'clear; cat mine.yaml; kubectl get configmap meanwhile');
    await expect(screen(one)).toContainText('kind: Pod');
    await expect(screen(one)).toContainText('meanwhile');
  }
  await context.close();
  watched.errors.splice(0, watched.errors.length, ...watched.errors.filter((text) => !text.includes('ERR_FAILED')));
});

test('elsewhere a page is not isolated until a container is chosen there', async ({ page }) => {
  await open(page, '/en/start/first-cluster/');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  await run(page, 'kubectl create configmap taken-along');
  await expect(screen(page)).toContainText('created');
  await expect(page.getByText('Saved in this browser')).toHaveCount(0);
  stub.mode = 'works';
  await page.getByRole('button', { name: 'Node.js', exact: true }).click();
  await expect(machine(page).locator('[data-problem=not-isolated]')).toBeVisible();
  await page.waitForFunction(async () => (await indexedDB.databases()).some(({ name }) => name === 'jotasu'));
  await page.getByRole('button', { name: 'Open the page for the container' }).click();
  await expect(machine(page)).toHaveAttribute('data-place', 'container', { timeout: 60_000 });
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
});
