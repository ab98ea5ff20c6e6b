/** A network that fails for moments, as in a full lecture hall: what could not be fetched is fetched once more, and nobody has to know. */
import { expect, test } from './fixtures.ts';
import { openWorkspace, run, screen } from './workspace-page.ts';

const PARTS = {
  'the Worker of the cluster': /\/_astro\/cluster-worker-/,
  'the rest of the simulator': /\/_astro\/programs-/,
  'the workspace': /\/_astro\/Workspace\./,
  'the terminal': /\/_astro\/terminal-session\./,
  'the shell': /\/_astro\/computer\./,
};

/** The browser itself tells of what it could not fetch; of that, and of nothing else. */
function expectOnlyTheNetworks(errors: string[]): void {
  for (const error of errors.splice(0)) expect(error).toContain('ERR_CONNECTION_RESET');
}

for (const [part, address] of Object.entries(PARTS)) {
  test(`${part} comes at the third attempt`, async ({ page, context, watched }) => {
    let asked = 0;
    await context.route(address, (route) => (asked++ < 2 ? route.abort('connectionreset') : route.continue()));
    await openWorkspace(page);
    await run(page, 'kubectl create deployment web --image=nginx:1.27');
    await expect(screen(page)).toContainText('deployment.apps/web created');
    expect(asked).toBeGreaterThan(2);
    expectOnlyTheNetworks(watched.errors);
  });
}

test('lines that are typed before the shell is there wait for it: a here-document is one command', async ({
  page,
  context,
}) => {
  await context.route(PARTS['the shell'], async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await route.continue();
  });
  await openWorkspace(page);
  await page.locator('.xterm-helper-textarea').focus();
  for (const line of ['cat <<EOF > note', 'one', 'two', 'EOF', "echo '", "quoted' $(wc -l < note)"]) {
    await page.keyboard.insertText(line);
    await page.keyboard.press('Enter');
  }
  await expect(screen(page)).toContainText('quoted 2');
  await expect(screen(page)).not.toContainText('not found');
});

test('where no fonts may be fetched, the terminal takes those of the system', async ({ page, context, watched }) => {
  await context.route(/\.woff2$/, (route) => route.abort('connectionreset'));
  await openWorkspace(page, 'ko');
  await run(page, 'kubectl get nodes');
  await expect(screen(page)).toContainText('worker-3');
  expectOnlyTheNetworks(watched.errors);
});

for (const part of ['the workspace', 'the terminal'] as const) {
  test(`${part} that never comes says so`, async ({ page, context, watched }) => {
    await context.route(PARTS[part], (route) => route.abort('connectionreset'));
    await page.goto('/en/playground/');
    await expect(page.getByRole('button', { name: 'Load the page again' })).toBeVisible({ timeout: 20_000 });
    expectOnlyTheNetworks(watched.errors);
  });
}

test('a cluster whose Worker never comes says so', async ({ page, context, watched }) => {
  await context.route(PARTS['the Worker of the cluster'], (route) => route.abort('connectionreset'));
  await page.goto('/ko/start/first-cluster/');
  if ((page.viewportSize()?.width ?? 0) < 1152) await page.locator('[data-pane=workspace]').click();
  const message = page.locator('.stage [role=alert]');
  await expect(message).toContainText('내려받지 못했습니다', { timeout: 20_000 });
  // The network is back.
  await context.unroute(PARTS['the Worker of the cluster']);
  await message.getByRole('button', { name: '다시 불러오기' }).click();
  await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
  expectOnlyTheNetworks(watched.errors);
});
