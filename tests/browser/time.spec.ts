/** Time: looking back and on again, copies in which something is tried, and other ways of looking. */
import { expect, test } from './fixtures.ts';
import { hurry, openWorkspace, pods, run, screen } from './workspace-page.ts';

test('a learner looks back, tries things in a copy, and looks through every lens', async ({ page }) => {
  await openWorkspace(page);
  await hurry(page);
  await run(page, 'kubectl create deployment web --image=nginx:1.27 --replicas=4');
  await expect(pods(page, 'ready')).toHaveCount(4);
  await test.step('back to any revision and on again', async () => {
    await run(page, 'kubectl scale deployment web --replicas=1');
    await expect(pods(page)).toHaveCount(1);
    const marks = page.locator('.timeline .command');
    await expect(marks).toHaveCount(2);
    await marks.last().click();
    await expect(page.locator('.timeline')).toContainText('revision');
    await expect(pods(page, 'ready')).toHaveCount(4);
    const knob = page.getByRole('slider', { name: 'Revision that is shown' });
    await knob.focus();
    await page.keyboard.press('Home');
    await expect(pods(page)).toHaveCount(0);
    await page.getByRole('button', { name: 'Back to now' }).click();
    await expect(pods(page, 'ready')).toHaveCount(1);
    await expect(knob).toBeFocused();
    await expect(page.locator('.time .state')).not.toHaveAttribute('data-state', 'paused');
  });
  await test.step('every lens looks at the learner’s cluster', async () => {
    const way = page.getByRole('combobox', { name: 'Look at it as' });
    await way.selectOption('request');
    await expect(page.locator('.stage')).toContainText('deployments/scale default/web');
    await way.selectOption('scheduler');
    await expect(page.locator('.stage tbody tr')).toHaveCount(4);
    await way.selectOption('rollout');
    await expect(page.locator('.stage path.ready')).toHaveCount(1);
    await way.selectOption('map');
    await expect(pods(page, 'ready')).toHaveCount(1);
  });
  await test.step('what happens in a copy leaves the cluster alone', async () => {
    await page.getByRole('button', { name: 'What if?' }).press('Enter');
    await expect(page.locator('.timeline')).toContainText('A copy');
    await expect(page.getByRole('button', { name: 'Return' })).toBeFocused();
    await page
      .locator('.stage .room')
      .filter({ has: page.locator('.walls') })
      .first()
      .click({ position: { x: 8, y: 60 } });
    await page.getByRole('button', { name: 'Pull the plug' }).click();
    await run(page, 'kubectl delete deployment web');
    await expect(screen(page)).toContainText('deleted');
    await expect(pods(page, 'ready')).toHaveCount(0);
    await expect(page.locator('.timeline .incident')).toHaveCount(1);
    await page.getByRole('button', { name: 'Return' }).click();
    await expect(pods(page, 'ready')).toHaveCount(1);
    await run(page, 'clear; kubectl get deployments');
    await expect(screen(page)).toContainText('1/1');
  });
});
