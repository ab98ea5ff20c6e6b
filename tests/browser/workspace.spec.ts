/** The workspace: a learner's first commands, in both languages, by mouse and by keyboard, on a desk and on a phone. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { engineVersion } from '../../grading/engine-version.ts';
import { grade } from '../../grading/grade.ts';
import { loadExercise } from '../../grading/load.ts';
import { axeFindings, expect, horizontalOverflow, test } from './fixtures.ts';
import { hurry, openWorkspace, pods, run, screen } from './workspace-page.ts';

const root = path.join(import.meta.dirname, '../..');
const CREATE = 'kubectl create deployment web --image=nginx:1.27';

test('what is typed before there is a cluster waits for it', async ({ page }) => {
  let release = (): void => {};
  const typed = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/cluster-worker[^/]*\.js/, async (route) => {
    await typed;
    await route.continue();
  });
  await page.goto('/en/start/first-cluster/');
  await expect(screen(page)).toContainText('$');
  await run(page, 'kubectl get nodes');
  release();
  await expect(screen(page)).toContainText('control-plane');
  await expect(screen(page)).not.toContainText('forbidden');
});

test('a Deployment is asked for, its pod runs, dies and comes back, and every request is seen to travel', async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await openWorkspace(page);
  const travelled = page.waitForSelector('.travellers circle', { state: 'attached' });
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type(CREATE);
  await page.keyboard.press('Enter');
  await travelled;
  await expect(screen(page)).toContainText('deployment.apps/web created');
  await expect(pods(page, 'ready')).toHaveCount(1);
  await expect(page.locator('.island .travellers circle')).toHaveCount(0);
  const name = await pods(page).first().getAttribute('aria-label');
  await test.step('with reduced motion nothing travels, and the news is told', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate(() => {
      new MutationObserver(() => {
        if (document.querySelector('.island .travellers circle') !== null) document.body.dataset.moved = 'yes';
      }).observe(document.querySelector('.stage')!, { subtree: true, childList: true });
    });
    await run(page, 'kubectl delete pod -l app=web');
    await expect(screen(page)).toContainText('deleted');
    // The picture follows the cluster: the old pod goes, another takes its place.
    await expect(page.locator(`.stage [aria-label="${name}"]`)).toHaveCount(0);
    await expect(pods(page, 'ready')).toHaveCount(1);
    await expect(pods(page)).toHaveCount(1);
    await expect(page.locator('.island [data-news]')).toContainText('is gone');
    expect(await page.evaluate(() => document.body.dataset.moved)).toBeUndefined();
    await expect(page.locator('.island .map-list')).toContainText('web');
  });
});

test('time stands still when paused, goes change by change, and as fast as it goes', async ({ page }) => {
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
  const slot = page.locator('.island .slot.pending, .island .slot.creating');
  await expect(async () => {
    if ((await slot.count()) === 0) await step.click();
    await expect(slot).toHaveCount(1, { timeout: 200 });
  }).toPass();
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(pods(page, 'ready')).toHaveCount(1);
  await hurry(page);
  await run(page, 'kubectl scale deployment web --replicas=20');
  await expect(pods(page, 'ready')).toHaveCount(20);
  await expect(page.locator('.island .time .state')).toHaveAttribute('data-state', 'settled');
});

test('everything can be done with the keyboard', async ({ page }) => {
  await openWorkspace(page);
  // Past all of the text.
  await page.getByRole('link', { name: 'Skip to the workspace' }).press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.locator('.island .pause')).toBeFocused();
  await hurry(page);
  await run(page, CREATE);
  await expect(pods(page, 'ready')).toHaveCount(1);
  // Out of the terminal, and never trapped in it.
  const way = page.locator('.terminal .keys');
  await page.keyboard.press('Tab');
  await expect(way).toContainText('To leave the terminal, press Escape and then Tab');
  await page.keyboard.press('Escape');
  await expect(way).toHaveCount(0);
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
    // The prose around it is looked at in site.spec.ts.
    const within = '.island';
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 1920, height: 1080 });
    await openWorkspace(page, language);
    await hurry(page);
    await run(page, `${CREATE} --replicas=3`);
    await run(page, 'kubectl create deployment broken --image=nginx:9.99');
    await run(page, 'kubectl expose deployment web --port=80');
    await expect(pods(page, 'ready')).toHaveCount(3);
    await expect(pods(page, 'failed')).toHaveCount(1);
    await expect(page.locator('.island .service')).toHaveCount(1);
    expect(await axeFindings(page, { within })).toEqual([]);
    await pods(page, 'failed').click();
    await expect(page.locator('.inspector pre')).toContainText('kind: Pod');
    await page.getByRole('tab', { name: language === 'en' ? 'Files' : '파일' }).click();
    await expect(page.locator('.cm-content')).toBeVisible();
    expect(await axeFindings(page, { within })).toEqual([]);
    await page.getByRole('tab', { name: language === 'en' ? 'Events' : '이벤트' }).click();
    await page
      .locator('.inspector')
      .getByRole('button', { name: language === 'en' ? 'Events' : '이벤트' })
      .click();
    expect(await axeFindings(page, { within })).toEqual([]);
  });
}

test('it fits a phone, and a Korean learner sees a pod come back', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await openWorkspace(page, 'ko');
  // Turned to, it was fetched with all that it needs, not one part after the other.
  await expect(page.locator('head link[rel=modulepreload][href*=terminal-session]:not([media])')).toHaveCount(1);
  await hurry(page);
  await run(page, CREATE);
  await expect(pods(page, 'ready')).toHaveCount(1);
  expect(await horizontalOverflow(page)).toBe(0);
  const name = await pods(page).first().getAttribute('aria-label');
  await run(page, 'kubectl delete pod -l app=web');
  await expect(page.locator(`.stage [aria-label="${name}"]`)).toHaveCount(0);
  await expect(pods(page, 'ready')).toHaveCount(1);
  await page.getByRole('tab', { name: /과제/ }).click();
  await expect(page.getByRole('button', { name: '확인', exact: true })).toBeInViewport();
  await page.getByRole('tab', { name: '터미널' }).click();
  await expect(page.locator('.xterm')).toBeInViewport();
  expect(await axeFindings(page)).toEqual([]);
});

test('a command of the lesson comes into the terminal, Korean is typed whole, and no network is needed', async ({
  page,
  context,
}) => {
  await openWorkspace(page, 'ko');
  await page.locator('jotasu-try button').first().click();
  await expect(screen(page)).toContainText('$ kubectl get nodes');
  await page.keyboard.press('Enter');
  await expect(screen(page)).toContainText('worker-3');
  await test.step('Korean is typed, erased and printed whole', async () => {
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
  await test.step('once loaded, it works without a network', async () => {
    await expect(page.locator('.island')).toHaveAttribute('data-loaded', 'true');
    await page.waitForLoadState('networkidle');
    await context.setOffline(true);
    await page.getByRole('button', { name: '멈추기' }).click();
    await page.getByRole('button', { name: '계속' }).click();
    await run(page, 'kubectl get nodes -o name');
    await expect(screen(page)).toContainText('node/worker-3');
  });
});

test('work and the terminal’s history are there again after a reload, and Reset begins anew', async ({ page }) => {
  await openWorkspace(page);
  await hurry(page);
  await run(page, CREATE);
  await run(page, 'echo mine > notes.txt');
  await expect(pods(page, 'ready')).toHaveCount(1);
  await test.step('the terminal stops a command and says what it has', async () => {
    await run(page, 'clear; kubectl get pods -w');
    await expect(screen(page)).toContainText('Running');
    await page.keyboard.press('Control+c');
    await expect(screen(page)).toContainText('^C');
    await run(page, 'tmux');
    await expect(screen(page)).toContainText('bash: tmux: command not found');
    await run(page, 'help');
    await expect(screen(page)).toContainText('opens a shell on a node');
    await run(page, 'clear');
  });
  const name = await pods(page).first().getAttribute('aria-label');
  await expect(page.locator('.island')).toHaveAttribute('data-kept', 'true');
  await page.reload();
  await openWorkspace(page);
  await expect(pods(page, 'ready')).toHaveCount(1);
  expect(await pods(page).first().getAttribute('aria-label')).toBe(name);
  await run(page, 'cat notes.txt');
  await expect(screen(page)).toContainText('mine');
  await page.keyboard.press('Control+r');
  await page.keyboard.type('mux');
  await expect(screen(page)).toContainText('(search: mux) tmux');
  await page.keyboard.press('Escape');
  for (let back = 0; back < 4; back++) await page.keyboard.press('ArrowUp');
  await expect(screen(page)).toContainText('$ tmux');
  await page.getByRole('tab', { name: /Tasks/ }).click();
  await page.getByRole('button', { name: 'Reset' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start over' }).click();
  await expect(pods(page)).toHaveCount(0);
  await page.getByRole('tab', { name: 'Files' }).click();
  await expect(page.getByRole('button', { name: 'notes.txt' })).toHaveCount(0);
});

test('a file is edited, its mistakes are marked, and kubectl reads it; vi opens the same editor', async ({ page }) => {
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
  await test.step('vi and kubectl edit open the editor of the page, and go on when it is closed', async () => {
    await run(page, 'clear; vi notes.yaml; cat notes.yaml');
    await expect(page.getByText('waits for notes.yaml')).toBeVisible();
    await editor.click();
    await page.keyboard.type('hello: there');
    await page.keyboard.press('Control+s');
    await expect(screen(page)).toContainText('hello: there');
    await run(page, 'kubectl create cm edited --from-literal=a=one; kubectl edit cm edited');
    await expect(editor).toContainText('a: one');
    await page.locator('.cm-line', { hasText: 'a: one' }).click();
    await page.keyboard.press('End');
    await page.keyboard.type('-more');
    await page.getByRole('button', { name: 'Save and close' }).click();
    await expect(screen(page)).toContainText('configmap/edited edited');
  });
});

test('checks tick live, Check explains, and the submission is graded alike', async ({ page }) => {
  await page.setViewportSize({ width: 1920, height: 1080 });
  await openWorkspace(page, 'ko');
  await hurry(page);
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
  expect(result.problem, JSON.stringify(result.detail)).toBeUndefined();
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
  expect(await axeFindings(page, { within: '.hero-figure' })).toEqual([]);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });
  test('the figure of the home page shows its opening frame', async ({ page }) => {
    await page.goto('/ko/');
    await expect(page.locator('.hero-figure svg').first()).toBeVisible();
    await expect(page.locator('.hero-figure .wide .pods .pod')).not.toHaveCount(0);
  });
});
