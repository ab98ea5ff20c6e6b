/** Figures in prose: a frame without scripts, a cluster once touched, every lens in both languages. */
import { axeFindings, expect, horizontalOverflow, test } from './fixtures.ts';

const LENSES = [
  'map',
  'request',
  'etcd',
  'scheduler',
  'reconcile',
  'rollout',
  'packet',
  'dns',
  'storage',
  'metrics',
  'desk',
];

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('every lens shows its opening frame', async ({ page }) => {
    await page.goto('/en/figures/');
    const figures = page.locator('[data-figure]');
    expect(await figures.evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.figure))).toEqual(LENSES);
    await expect(page.locator('[data-figure=map] .wide .pods .tile.ready')).not.toHaveCount(0);
    await expect(page.locator('[data-figure=request] .gates > .refused')).toHaveCount(1);
    await expect(page.locator('[data-figure=request]')).toContainText('exceeded quota');
    await expect(page.locator('[data-figure=etcd]')).toContainText('/registry/deployments/default/web');
    await expect(page.locator('[data-figure=scheduler] tbody tr')).toHaveCount(4);
    await expect(page.locator('[data-figure=scheduler]')).toContainText('untolerated taint');
    await expect(page.locator('[data-figure=reconcile]')).toContainText('Deployment web asks for 4');
    await expect(page.locator('[data-figure=rollout] path.ready')).toHaveCount(2);
    await expect(page.locator('[data-figure=packet] .rewrites')).not.toHaveCount(0);
    await expect(page.locator('[data-figure=packet] .outcome')).toHaveText('delivered');
    await expect(page.locator('[data-figure=dns] .nxdomain')).toHaveCount(1);
    await expect(page.locator('[data-figure=dns] .addresses')).toContainText('shop/web');
    await expect(page.locator('[data-figure=storage] .claim.open')).toContainText('photos');
    await expect(page.locator('[data-figure=metrics] svg')).toHaveCount(3);
    await expect(page.locator('[data-figure=desk] td.changed')).toHaveCount(2);
    await expect(page.locator('[data-figure=desk] td.failed')).toContainText('No such file or directory');
  });
});

for (const [language, colorScheme, width] of [
  ['en', 'light', 1280],
  ['ko', 'dark', 360],
] as const) {
  test(`axe finds nothing in the lenses (${language}, ${colorScheme}, ${width} px)`, async ({ page }) => {
    test.slow();
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    await page.goto(`/${language}/figures/`);
    await expect(page.locator('[data-figure=map] .action').first()).toBeEnabled();
    expect(await axeFindings(page)).toEqual([]);
    expect(await horizontalOverflow(page)).toBe(0);
  });
}

test('a number in prose sets the wish, and a button kills a pod', async ({ page }) => {
  await page.goto('/en/figures/');
  const figure = page.locator('[data-figure=map]');
  await expect(figure).toHaveAttribute('data-ready', 'true');
  const number = page.getByRole('slider', { name: /replicas/ });
  await number.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(number).toHaveAttribute('aria-valuenow', '8');
  await expect(figure.locator('.pods .pod:not(.small) .tile.ready')).toHaveCount(8);
  // The end of a pod may be too short to be drawn: what stays is that another is in its place.
  const pods = figure.locator('.pods .pod:not(.small)');
  await pods.evaluateAll((all) => {
    for (const pod of all) pod.setAttribute('data-seen', '');
  });
  await figure.getByRole('button', { name: 'Kill a pod' }).click();
  await expect(figure.locator('.pods .pod:not(.small):not([data-seen])')).toHaveCount(1);
  await expect(figure.locator('.pods .pod:not(.small) .tile.ready')).toHaveCount(8);
  // The same cluster, looked at in another way.
  await figure.getByRole('button', { name: 'Reconcile' }).click();
  await expect(figure).toContainText('Deployment web asks for 8');
  await expect(figure).toContainText('replicaset-controller');
  await figure.getByRole('button', { name: 'From the beginning' }).click();
  await expect(figure).toContainText('Deployment web asks for 6');
});

test('a figure keeps its opening frame until it is touched', async ({ page }) => {
  await page.goto('/en/figures/');
  const figure = page.locator('[data-figure=reconcile]');
  await figure.scrollIntoViewIfNeeded();
  await expect(figure).toHaveAttribute('data-ready', 'true');
  await expect(figure.locator('path.creating')).toHaveCount(1);
  await figure.locator('.action').click();
  await expect(figure.locator('path.ready')).toHaveCount(4);
  await expect(figure.locator('path.creating')).toHaveCount(0);
});

test('a request that is allowed passes every gate, live', async ({ page }) => {
  await page.goto('/en/figures/#request');
  const figure = page.locator('[data-figure=request]');
  await figure.scrollIntoViewIfNeeded();
  await figure.locator('.action').click();
  await expect(figure.locator('.line')).toContainText('answered 201');
  await expect(figure.locator('.gates > .refused')).toHaveCount(0);
  await expect(figure.locator('.gates > li').last()).toContainText('kube-controller-manager');
});

test('questions are asked again after what a reader does', async ({ page }) => {
  await page.goto('/en/figures/#answers');
  const figure = page.locator('[data-figure=desk]');
  await figure.scrollIntoViewIfNeeded();
  await expect(figure.locator('tbody tr').first()).toContainText('No such file');
  await figure.getByRole('button', { name: 'Write Ben into both' }).click();
  await expect(figure.locator('tbody tr').nth(0).locator('td').last()).toHaveText('ben');
  await expect(figure.locator('tbody tr').nth(1).locator('td').last()).toHaveText(/anna\s+ben/);
  // What was answered before stays beside it.
  await expect(figure.locator('tbody tr').nth(1).locator('td').first()).toHaveText('anna');
});

test('terms and shapes light each other', async ({ page }) => {
  await page.goto('/en/start/first-cluster/');
  const term = page.locator('.term[data-term=pod]').first();
  await term.scrollIntoViewIfNeeded();
  await term.hover();
  await expect(page.locator('html')).toHaveAttribute('data-lit', 'pod');
  await page
    .locator('[data-figure=self-healing] .room .walls')
    .first()
    .hover({ position: { x: 5, y: 60 } });
  await expect(page.locator('html')).toHaveAttribute('data-lit', 'node');
});
