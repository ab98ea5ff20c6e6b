/** The workspace: a learner's first commands, in both languages, by mouse and by keyboard, on a desk and on a phone. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { engineVersion } from '../../grading/engine-version.ts';
import { grade } from '../../grading/grade.ts';
import { loadExercise } from '../../grading/load.ts';
import { axeFindings, expect, horizontalOverflow, test } from './fixtures.ts';
import { openWorkspace, pods, run, screen } from './workspace-page.ts';

const root = path.join(import.meta.dirname, '../..');
const CREATE = 'kubectl create deployment web --image=nginx:1.27';

for (const language of ['en', 'ko'] as const) {
  test(`a Deployment is asked for, its pod runs, dies and comes back (${language})`, async ({ page }) => {
    await openWorkspace(page, language);
    await run(page, CREATE);
    await expect(screen(page)).toContainText('deployment.apps/web created');
    await expect(pods(page, 'ready')).toHaveCount(1);
    const name = await pods(page).first().getAttribute('aria-label');
    await run(page, 'kubectl delete pod -l app=web');
    await expect(screen(page)).toContainText('deleted');
    // The picture follows the cluster: the old pod goes, another takes its place.
    await expect(page.locator(`.stage [aria-label="${name}"]`)).toHaveCount(0);
    await expect(pods(page, 'ready')).toHaveCount(1);
    await expect(pods(page)).toHaveCount(1);
    await expect(page.locator('.island .map-list')).toContainText('web');
  });
}

test('a request is seen to travel', async ({ page }) => {
  await openWorkspace(page);
  const travelled = page.waitForSelector('.travellers circle', { state: 'attached' });
  await run(page, CREATE);
  await travelled;
  await expect(page.locator('.island .travellers circle')).toHaveCount(0);
});

test('with reduced motion nothing travels, and the news is told', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openWorkspace(page);
  await page.evaluate(() => {
    new MutationObserver(() => {
      if (document.querySelector('.island .travellers circle') !== null) document.body.dataset.moved = 'yes';
    }).observe(document.querySelector('.stage')!, { subtree: true, childList: true });
  });
  await run(page, CREATE);
  await expect(pods(page, 'ready')).toHaveCount(1);
  await expect(page.locator('.island [data-news]')).toContainText('ready');
  expect(await page.evaluate(() => document.body.dataset.moved)).toBeUndefined();
});

test('time stands still when paused, and goes change by change', async ({ page }) => {
  await openWorkspace(page);
  await page.getByRole('button', { name: 'Pause' }).click();
  const clock = page.getByRole('timer');
  const before = await clock.textContent();
  await run(page, CREATE);
  await expect(screen(page)).toContainText('created');
  await expect(page.locator('.island .bracket')).toHaveCount(1);
  await expect(pods(page)).toHaveCount(0);
  expect(await clock.textContent()).toBe(before);
  const step = page.getByRole('button', { name: 'Step' });
  for (
    let press = 0;
    press < 30 && (await page.locator('.island .slot.pending, .island .slot.creating').count()) === 0;
    press++
  ) {
    await step.click();
    await page.waitForTimeout(120);
  }
  await expect(page.locator('.island .slot.pending, .island .slot.creating')).toHaveCount(1);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(pods(page, 'ready')).toHaveCount(1);
});

test('as fast as it goes, the cluster comes to rest', async ({ page }) => {
  await openWorkspace(page);
  await page.getByText('max', { exact: true }).click();
  await run(page, `${CREATE} --replicas=20`);
  await expect(pods(page, 'ready')).toHaveCount(20);
  await expect(page.locator('.island .time .state')).toHaveAttribute('data-state', 'settled');
});

test('everything can be done with the keyboard', async ({ page }) => {
  await openWorkspace(page);
  await run(page, CREATE);
  await expect(pods(page, 'ready')).toHaveCount(1);
  // Out of the terminal, and never trapped in it.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(page.locator('.xterm-helper-textarea')).not.toBeFocused();
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.press('Shift+Tab');
  await expect(page.locator('.xterm-helper-textarea')).not.toBeFocused();
  // One stop for the whole map; arrow keys inside it.
  await expect(page.locator('.island .cluster-map [tabindex="0"]')).toHaveCount(1);
  await page.locator('.island .cluster-map [tabindex="0"]').focus();
  await page.keyboard.press('End');
  const pod = pods(page).first();
  for (let press = 0; press < 40; press++) {
    if (await pod.evaluate((element) => element === document.activeElement)) break;
    await page.keyboard.press(press % 2 === 0 ? 'ArrowUp' : 'ArrowLeft');
  }
  await pod.focus();
  await page.keyboard.press('Enter');
  const details = page.getByRole('region', { name: 'Details' });
  await expect(details).toContainText('kind: Pod');
  await details.getByRole('button', { name: 'Why?' }).focus();
  await page.keyboard.press('Enter');
  await expect(details).toContainText(`you ran: ${CREATE}`);
  await page.keyboard.press('Escape');
  await expect(details).toHaveCount(0);
  await expect(pod).toBeFocused();
  // Tabs by arrow keys, the line between the panes too.
  await page.getByRole('tab', { name: 'Terminal' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: /Tasks/ })).toHaveAttribute('aria-selected', 'true');
  const line = page.getByRole('separator', { name: 'Height of the map' });
  const height = Number(await line.getAttribute('aria-valuenow'));
  await line.focus();
  await page.keyboard.press('ArrowUp');
  await expect(line).toHaveAttribute('aria-valuenow', String(height - 4));
});

for (const [language, colorScheme] of [
  ['en', 'light'],
  ['ko', 'dark'],
] as const) {
  test(`axe finds nothing, with everything open (${language}, ${colorScheme})`, async ({ page }) => {
    // axe looks at every letter of a page three times.
    test.slow();
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 1920, height: 1080 });
    await openWorkspace(page, language);
    await run(page, `${CREATE} --replicas=3`);
    await run(page, 'kubectl create deployment broken --image=nginx:9.99');
    await run(page, 'kubectl expose deployment web --port=80');
    await expect(pods(page, 'ready')).toHaveCount(3);
    await expect(pods(page, 'failed')).toHaveCount(1);
    await expect(page.locator('.island .service')).toHaveCount(1);
    await expect(page.locator('.island .travellers circle')).toHaveCount(0);
    expect(await axeFindings(page)).toEqual([]);
    await pods(page, 'failed').click();
    await expect(page.locator('.inspector pre')).toContainText('kind: Pod');
    await page.getByRole('tab', { name: language === 'en' ? 'Files' : '파일' }).click();
    await expect(page.locator('.cm-content')).toBeVisible();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('tab', { name: language === 'en' ? 'Events' : '이벤트' }).click();
    await page
      .locator('.inspector')
      .getByRole('button', { name: language === 'en' ? 'Events' : '이벤트' })
      .click();
    expect(await axeFindings(page)).toEqual([]);
  });
}

test('it fits a phone', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await openWorkspace(page, 'ko');
  await run(page, CREATE);
  await expect(pods(page, 'ready')).toHaveCount(1);
  expect(await horizontalOverflow(page)).toBe(0);
  await page.getByRole('tab', { name: /과제/ }).click();
  await expect(page.getByRole('button', { name: '확인', exact: true })).toBeInViewport();
  await page.getByRole('tab', { name: '터미널' }).click();
  await expect(page.locator('.xterm')).toBeInViewport();
  expect(await axeFindings(page)).toEqual([]);
});

test('once loaded, it works without a network', async ({ page, context }) => {
  await openWorkspace(page);
  await run(page, 'kubectl get nodes');
  await expect(screen(page)).toContainText('worker-3');
  // What is loaded ahead of its use is here, too.
  await expect(page.locator('.island')).toHaveAttribute('data-loaded', 'true');
  await page.waitForTimeout(500);
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Go on' }).click();
  await run(page, 'kubectl get nodes -o name');
  await expect(screen(page)).toContainText('node/worker-3');
});

test('Korean is typed, erased and printed whole', async ({ page }) => {
  await openWorkspace(page, 'ko');
  await run(page, 'echo 안녕하세요 쿠버네티스x');
  await expect(screen(page)).toContainText('안녕하세요 쿠버네티스x');
  // As an input method does: letters come composed.
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.insertText('echo 가나다라');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.insertText('-');
  await page.keyboard.press('Enter');
  await expect(
    screen(page)
      .locator('> div')
      .filter({ hasText: /^가나-다$/ }),
  ).toHaveCount(1);
});

test('the terminal keeps its history, stops a command and says what it has', async ({ page }) => {
  await openWorkspace(page);
  await run(page, 'kubectl get pods -w');
  await page.waitForTimeout(500);
  await page.keyboard.press('Control+c');
  await expect(screen(page)).toContainText('^C');
  await run(page, 'tmux');
  await expect(screen(page)).toContainText('bash: tmux: command not found');
  await run(page, 'help');
  await expect(screen(page)).toContainText('opens a shell on a node');
  await run(page, 'clear');
  await page.reload();
  await openWorkspace(page);
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.press('Control+r');
  await page.keyboard.type('mux');
  await expect(screen(page)).toContainText('(search: mux) tmux');
  await page.keyboard.press('Escape');
  for (let back = 0; back < 3; back++) await page.keyboard.press('ArrowUp');
  await expect(screen(page)).toContainText('$ tmux');
});

test('a command of the lesson comes into the terminal', async ({ page }) => {
  await openWorkspace(page);
  await page.locator('jotasu-try button').first().click();
  await expect(screen(page)).toContainText('$ kubectl get nodes');
  await page.keyboard.press('Enter');
  await expect(screen(page)).toContainText('control-plane');
});

test('a file is edited, its mistakes are marked, and kubectl reads it', async ({ page }) => {
  await openWorkspace(page);
  await page.getByRole('tab', { name: 'Files' }).click();
  const editor = page.locator('.cm-content');
  await editor.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('nonsense: true');
  await expect(page.getByText('1 problem', { exact: true })).toBeVisible();
  for (let letter = 0; letter < 'nonsense: true'.length; letter++) await page.keyboard.press('Backspace');
  await expect(page.getByText('No problems found')).toBeVisible();
  await page.getByRole('button', { name: 'Apply in the terminal' }).click();
  await expect(screen(page)).toContainText('deployment.apps/web created');
  await run(page, 'cat web.yaml');
  await expect(screen(page)).toContainText('image: nginx:1.27');
});

test('work is there again after a reload, and Reset begins anew', async ({ page }) => {
  await openWorkspace(page);
  await run(page, CREATE);
  await run(page, 'echo mine > notes.txt');
  await expect(pods(page, 'ready')).toHaveCount(1);
  await page.waitForTimeout(900);
  const name = await pods(page).first().getAttribute('aria-label');
  await page.reload();
  await openWorkspace(page);
  await expect(pods(page, 'ready')).toHaveCount(1);
  expect(await pods(page).first().getAttribute('aria-label')).toBe(name);
  await run(page, 'cat notes.txt');
  await expect(screen(page)).toContainText('mine');
  await page.getByRole('tab', { name: /Tasks/ }).click();
  await page.getByRole('button', { name: 'Reset' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start over' }).click();
  await expect(pods(page)).toHaveCount(0);
  await page.getByRole('tab', { name: 'Files' }).click();
  await expect(page.getByRole('button', { name: 'notes.txt' })).toHaveCount(0);
});

test('checks tick live, Check explains, and the submission is graded alike', async ({ page }) => {
  await page.setViewportSize({ width: 1920, height: 1080 });
  await openWorkspace(page, 'ko');
  const check = (id: string) => page.locator(`[data-check=${id}]`);
  await run(page, `${CREATE} --replicas=3`);
  await expect(check('deployment-runs')).toHaveAttribute('data-status', 'passed');
  await expect(check('three-available')).toHaveAttribute('data-status', 'passed');
  await run(page, 'kubectl expose deployment web --port=80');
  await expect(page.locator('.island .service')).toHaveCount(1);
  await page.getByRole('button', { name: '확인', exact: true }).click();
  await expect(check('heals')).toHaveAttribute('data-status', 'passed');
  await expect(check('service')).toContainText('ClusterIP');
  await run(page, 'kubectl delete service web');
  await run(page, 'kubectl expose deployment web --port=80 --type=NodePort');
  await expect(page.locator('.island .quay')).toContainText('NodePort');
  await page.getByRole('button', { name: '제출 파일 저장' }).click();
  await page.getByLabel('학번').fill('20261234');
  await page.getByLabel('이름', { exact: true }).fill('홍길동');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: '파일 저장', exact: true }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('start-deploy-web_20261234.jotasu.json');
  const exercise = loadExercise(path.join(root, 'exercises'), 'start/deploy-web');
  const result = await grade(readFileSync(await file.path()), {
    exercises: new Map([[exercise.id, exercise]]),
    engine: engineVersion(root),
  });
  expect(result.problem, result.detail).toBeUndefined();
  expect(result.submission?.learner).toEqual({ id: '20261234', name: '홍길동' });
  expect(result.report).toMatchObject({ points: 10, of: 10 });
});

test('the figure of the home page is a picture first, then a cluster in which a pod can be killed', async ({
  page,
}) => {
  await page.goto('/en/');
  await expect(page.locator('.hero-figure [data-live=true]')).toBeVisible();
  const pod = page.locator('.hero-figure .pod[role=button]:has(.ready)');
  await expect(pod).toHaveCount(6);
  const name = /web-\S+?(?=,)/.exec((await pod.first().getAttribute('aria-label')) ?? '')?.[0];
  expect(name).toBeDefined();
  await pod.first().focus();
  await page.keyboard.press('Enter');
  await expect(page.locator(`.hero-figure .pod[aria-label*="${name}"]`)).toHaveCount(0);
  await expect(pod).toHaveCount(6);
  expect(await axeFindings(page)).toEqual([]);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });
  test('the figure of the home page shows its opening frame', async ({ page }) => {
    await page.goto('/ko/');
    await expect(page.locator('.hero-figure svg').first()).toBeVisible();
    await expect(page.locator('.hero-figure .wide .pods .pod')).not.toHaveCount(0);
  });
});
