import { axeFindings, expect, test } from './fixtures.ts';

/** Exercises of the kinds that need more of the page than a terminal. */
test.describe.configure({ timeout: 120_000 });

test('questions are answered in the panel of tasks, and what the simulation comes to decides', async ({ page }) => {
  await page.goto('/en/exercises/architecture/who-goes-first/');
  const order = page.locator('[data-question=first]');
  await order.getByRole('radio').nth(0).check({ timeout: 60_000 });
  await page.locator('[data-question=seconds] input').fill('360');
  await page.locator('[data-question=seconds] input').blur();
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  const check = (id: string) => page.locator(`[data-check=${id}]`);
  await expect(check('when')).toHaveAttribute('data-status', 'passed', { timeout: 60_000 });
  await expect(check('order')).toHaveAttribute('data-status', 'failed');
  await expect(check('order')).toContainText('Who would tell the ReplicaSet?');
  await expect(check('ghosts')).toContainText('First finish: What comes first');
  await order.getByRole('radio').nth(1).check();
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(check('order')).toHaveAttribute('data-status', 'passed', { timeout: 60_000 });
  await expect(check('ghosts')).not.toContainText('First finish');
  expect(await axeFindings(page)).toEqual([]);
});

test('a learner gets the variant of their number, and cannot hand in another', async ({ page }) => {
  await page.goto('/ko/exercises/architecture/who-goes-first/');
  await expect(page.locator('.variant')).toContainText('연습용', { timeout: 60_000 });
  await page.getByRole('button', { name: '내 학번으로 시작' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('학번').fill('20260001');
  await dialog.getByLabel('이름', { exact: true }).fill('홍길동');
  await dialog.getByRole('button', { name: '내 학번으로 시작' }).click();
  await expect(page.locator('.variant')).toContainText('20260001');
  const text = await page.locator('.checks ol > li').first().innerText();
  await page.reload();
  await expect(page.locator('.variant')).toContainText('20260001', { timeout: 60_000 });
  expect(await page.locator('.checks ol > li').first().innerText()).toBe(text);
  await page.getByRole('button', { name: '제출 파일 저장' }).click();
  await page.getByRole('dialog').getByLabel('학번').fill('20269999');
  await page.getByRole('button', { name: '파일 저장', exact: true }).click();
  await expect(page.getByRole('dialog')).toContainText('20269999 학번의 문제가 아니어서');
});

test('a file takes the place of a component, and says what is wrong with it', async ({ page }) => {
  await page.goto('/en/exercises/build-your-own/my-replicaset/');
  await page.getByRole('tab', { name: 'Files' }).click({ timeout: 60_000 });
  await page.getByRole('button', { name: 'my-replicaset.ts', exact: true }).click();
  await page.getByRole('button', { name: 'Apply as replicaset-controller' }).click();
  await page.getByRole('tab', { name: /Tasks/ }).click();
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(page.locator('[data-check=creates] .feedback')).toContainText('In a copy of your cluster we tried', {
    timeout: 90_000,
  });
});
