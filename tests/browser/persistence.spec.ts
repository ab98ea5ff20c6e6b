/** What a learner has done is there again: after a reload, a crash, in two tabs, on another simulator; and who keeps nothing says so. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { keepPage } from '../../scripts/site/keep-page.ts';
import { expect, test } from './fixtures.ts';
import { hurry, openWorkspace, pods, run, screen } from './workspace-page.ts';

const NAME = 'start/deploy-web';
const kept = (page: Page) => expect(page.locator('.island')).toHaveAttribute('data-kept', 'true');

interface Stored {
  engine: string;
  files: Record<string, string>;
  log: { entries: { input: { type: string; text?: string } }[]; until: { time: number } };
}

/** What lies in the browser's database under a name, or is put there. */
function stored(page: Page, name: string, put?: Stored): Promise<Stored | undefined> {
  return page.evaluate(
    ([key, value]) =>
      new Promise<Stored | undefined>((resolve, reject) => {
        const opening = indexedDB.open('jotasu');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const store = opening.result
            .transaction('work', value === undefined ? 'readonly' : 'readwrite')
            .objectStore('work');
          const asked = value === undefined ? store.get(key) : store.put(value, key);
          asked.onerror = () => reject(asked.error);
          asked.onsuccess = () => {
            opening.result.close();
            resolve(value === undefined ? (asked.result as Stored | undefined) : undefined);
          };
        };
      }),
    [name, put] as const,
  );
}

test('a page that crashes while it saves leaves whole work behind', async ({ page, context }) => {
  test.slow();
  await openWorkspace(page);
  await run(page, 'echo one > notes.txt; kubectl create configmap first');
  await expect(screen(page)).toContainText('created');
  await kept(page);
  // Something is being written all the time, up to the moment at which the page dies.
  await run(
    page,
    'i=0; while true; do i=$((i+1)); echo $i > notes.txt; kubectl create configmap more-$i; sleep 0.3; done',
  );
  await expect(screen(page)).toContainText('more-12 created');
  const client = await context.newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  client.send('Page.crash').catch(() => {});
  await crashed;
  const next = await context.newPage();
  await openWorkspace(next);
  await run(next, 'kubectl get configmap first more-1 -o name; echo "read $(cat notes.txt)"');
  await expect(screen(next)).toContainText('configmap/first');
  await expect(screen(next)).toContainText('configmap/more-1');
  await expect(screen(next)).toContainText(/read \d+/);
});

test('of two tabs the one opened last goes on with what the other did', async ({ page, context }) => {
  test.slow();
  await openWorkspace(page);
  await run(page, 'kubectl create configmap from-the-first');
  await expect(screen(page)).toContainText('created');
  const second = await context.newPage();
  await openWorkspace(second, 'ko');
  await expect(page.locator('[data-trouble=elsewhere]')).toContainText('another tab');
  await run(second, 'kubectl get configmap from-the-first && kubectl create configmap from-the-second');
  await expect(screen(second)).toContainText('from-the-second created');
  await kept(second);
  // What goes on in the first one destroys nothing.
  await run(page, 'kubectl create configmap lost');
  await expect(screen(page)).toContainText('lost created');
  await page.reload();
  await openWorkspace(page);
  await run(page, 'kubectl get configmaps -o name');
  await expect(screen(page)).toContainText('configmap/from-the-second');
  await expect(screen(page)).not.toContainText('configmap/lost');
  await expect(second.locator('[data-trouble=elsewhere]')).toContainText('다른 탭');
});

test('a full storage takes nothing away, and says so with a way out', async ({ page }) => {
  await openWorkspace(page);
  await run(page, 'kubectl create configmap before');
  await expect(screen(page)).toContainText('created');
  await kept(page);
  // Every write is refused from now on, as the browser does when the quota is used up.
  await page.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
    };
  });
  await run(page, 'kubectl create configmap after');
  await expect(page.locator('[data-trouble=refused]')).toContainText('keeps nothing');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as a file' }).click();
  const work = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as Stored;
  expect(work.log.entries.some(({ input }) => input.text === 'kubectl create configmap after')).toBe(true);
  await page.reload();
  await openWorkspace(page);
  await run(page, 'kubectl get configmaps -o name');
  await expect(screen(page)).toContainText('configmap/before');
});

test('where a browser keeps nothing at all, everything works and the page says so', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, 'indexedDB', {
      value: {
        open() {
          throw new DOMException(
            'A mutation operation was attempted on a database that did not allow mutations.',
            'InvalidStateError',
          );
        },
      },
    });
  });
  await openWorkspace(page, 'ko');
  await hurry(page);
  await run(page, 'kubectl create deployment web --image=nginx:1.27');
  await expect(pods(page, 'ready')).toHaveCount(1);
  await expect(page.locator('[data-trouble=refused]')).toContainText('저장되지 않습니다');
});

test.describe('work of an older simulator', () => {
  const OLD = 'aaaaaaaaaaaaaaaa';
  let folder: string;
  test.beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'jotasu-old-'));
    await keepPage(folder);
  });
  test.afterAll(() => rmSync(folder, { recursive: true }));

  /** Does something, and makes it the work of an engine that is not this build's. */
  async function age(page: Page): Promise<void> {
    await openWorkspace(page);
    await run(page, 'echo mine > notes.txt; kubectl create configmap old');
    await expect(screen(page)).toContainText('created');
    await kept(page);
    const work = await stored(page, NAME);
    await page.goto('/en/');
    await stored(page, NAME, { ...work!, engine: OLD });
  }

  test('goes on there when the build has kept it, its checks included', async ({ page }) => {
    const asked: string[] = [];
    await page.context().route(`**/engines/${OLD}/page/**`, async (route) => {
      const name = new URL(route.request().url()).pathname.split('/page/')[1]!;
      asked.push(name);
      await route.fulfill({ path: path.join(folder, 'page', name) });
    });
    await age(page);
    await openWorkspace(page);
    await expect(page.locator('.notice')).toContainText('simulator it was begun with');
    await run(page, 'kubectl get configmap old; cat notes.txt');
    await expect(screen(page)).toContainText('DATA');
    await expect(screen(page)).toContainText('mine');
    await page.getByRole('tab', { name: /Tasks/ }).click();
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await expect(page.getByText(/Checked: \d+ of \d+ points/)).toBeVisible();
    expect(asked).toEqual(expect.arrayContaining(['api.json', 'app/cluster-worker.js', 'app/check-worker.js']));
    await kept(page);
    expect((await stored(page, NAME))?.engine).toBe(OLD);
  });

  test('keeps its files where the build has not, says so, and is put aside', async ({ page, watched }) => {
    await age(page);
    await openWorkspace(page);
    await expect(page.locator('.notice')).toContainText('another version of the simulator');
    await run(page, 'cat notes.txt; kubectl get configmap old');
    await expect(screen(page)).toContainText('mine');
    await expect(screen(page)).toContainText('not found');
    expect((await stored(page, `${NAME}@${OLD}`))?.engine).toBe(OLD);
    // That the build has not kept it is what was asked.
    watched.errors.splice(0, watched.errors.length, ...watched.errors.filter((text) => !text.includes('404')));
  });
});

test('the other language goes on with the cluster, at the same place of the text', async ({ page }) => {
  await openWorkspace(page);
  await run(page, 'kubectl create configmap mine');
  await expect(screen(page)).toContainText('created');
  await kept(page);
  // A heading of the prose: the workspace beside it has some of its own.
  const heading = (name: string) => page.getByRole('heading', { level: 2, name, exact: true });
  await page.setViewportSize({ width: 1400, height: 900 });
  await heading('Three of them').evaluate((element) =>
    scrollTo({ top: scrollY + element.getBoundingClientRect().top - 120, behavior: 'instant' }),
  );
  await page.getByRole('combobox', { name: 'Select language' }).first().selectOption({ label: '한국어' });
  await expect(page).toHaveURL(/\/ko\/start\/first-cluster\/$/);
  await expect(heading('세 개로 늘리기')).toBeInViewport();
  await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
  await run(page, 'kubectl get configmap mine');
  await expect(screen(page)).toContainText('DATA');
});

test('all work goes to another browser in one file, results included', async ({ page, browser, site }) => {
  test.slow();
  await openWorkspace(page, 'ko');
  await hurry(page);
  await run(page, 'kubectl create deployment web --image=nginx:1.27 --replicas=3');
  await expect(pods(page, 'ready')).toHaveCount(3);
  await page.getByRole('tab', { name: /과제/ }).click();
  await page.getByRole('button', { name: '확인', exact: true }).click();
  await expect(page.getByText(/확인 결과: \d+점 가운데 \d+점/)).toBeVisible();
  await kept(page);
  await page.goto('/ko/exercises/');
  await expect(page.locator('.kept-points')).toContainText('점');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: '내 작업 전체를 파일로 저장' }).click();
  const file = await (await download).path();
  const other = await browser.newContext();
  const stranger = await other.newPage();
  await stranger.goto(`${site}/en/exercises/`);
  await expect(stranger.locator('.kept-points')).toHaveCount(0);
  await stranger.getByLabel('Bring work from a file').setInputFiles({
    name: 'nonsense.jotasu',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from('nonsense'),
  });
  await expect(stranger.locator('.kept-work')).toContainText('no work that was saved here');
  await stranger.getByLabel('Bring work from a file').setInputFiles(file);
  await expect(stranger.locator('.kept-points')).toContainText(/\d+ of \d+ points/);
  await openWorkspace(stranger);
  await expect(pods(stranger, 'ready')).toHaveCount(3);
  await other.close();
});
