/** The editor beside a cluster: what it offers, explains and marks, in both languages. */
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { openWorkspace, screen } from './workspace-page.ts';

/** Puts the cursor behind a line's text. */
async function goTo(page: Page, text: string): Promise<void> {
  await page.locator('.cm-line', { hasText: text }).first().click();
  await page.keyboard.press('End');
}

/** Rests the pointer on a word of the file. */
async function pointAt(page: Page, word: string): Promise<void> {
  await page.locator('.cm-line', { hasText: word }).first().getByText(word).first().hover();
}

test('fields of a manifest are offered, explained and compared with what is live', async ({ page }) => {
  await openWorkspace(page);
  await page.getByRole('tab', { name: 'Files' }).click();
  await goTo(page, 'image: nginx');
  await page.keyboard.press('Enter');
  await page.keyboard.type('imagePu');
  const offered = page.locator('.cm-tooltip-autocomplete');
  await expect(offered).toContainText('imagePullPolicy');
  await expect(page.locator('.cm-completionInfo')).toContainText('Always');
  // By a click: the editor takes no Enter for an answer in the first moments of a list.
  await offered.getByText('imagePullPolicy').click();
  await expect(page.locator('.cm-content')).toContainText('imagePullPolicy: ');
  await page.keyboard.type('IfN');
  await offered.getByText('IfNotPresent').click();
  await expect(page.locator('.cm-content')).toContainText('imagePullPolicy: IfNotPresent');
  await expect(page.getByText('No problems found')).toBeVisible();
  await pointAt(page, 'containers');
  await expect(page.locator('.cm-tooltip-hover')).toContainText('List of containers belonging to the pod');
  await test.step('and compared with what is live', async () => {
    await page.getByRole('button', { name: 'Apply in the terminal' }).click();
    await expect(screen(page)).toContainText('deployment.apps/web created');
    await page.getByRole('tab', { name: 'Files' }).click();
    await goTo(page, 'replicas:');
    await page.keyboard.press('Backspace');
    await page.keyboard.type('4');
    await page.locator('.compare').click();
    await expect(screen(page)).toContainText(/\+ +replicas: 4/);
  });
});

test('a Korean learner sees where a file is broken, and why', async ({ page }) => {
  await openWorkspace(page, 'ko');
  await page.getByRole('tab', { name: '파일' }).click();
  await goTo(page, 'replicas:');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('many');
  const mark = page.locator('.cm-lintRange-error');
  await expect(mark).toHaveText('many');
  await mark.hover();
  await expect(page.locator('.cm-tooltip-lint')).toContainText(/[가-힣]/);
  await goTo(page, 'kind: Deployment');
  await page.keyboard.type(': [');
  await expect(page.locator('.cm-lintRange-error').first()).toBeVisible();
  await expect(page.getByText(/문제 \d+개/).first()).toBeVisible();
});

test('a component has the learner API at hand', async ({ page }) => {
  await page.goto('/ko/exercises/build-your-own/lab-lamplighter/');
  await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
  await page.getByRole('tab', { name: '파일' }).click();
  await page.getByRole('button', { name: 'lamplighter.ts', exact: true }).click();
  await pointAt(page, 'controllerOf');
  await expect(page.locator('.cm-tooltip-hover')).toContainText('controllerOf');
  await goTo(page, "const nodes = informers.for('nodes');");
  await page.keyboard.press('Enter');
  await page.keyboard.type('client.upd');
  await expect(page.locator('.cm-tooltip-autocomplete')).toContainText('updateStatus');
});
