/**
 * How long a learner waits for time: from a key on the timeline to the cluster as it was up to 10,000 revisions ago, and from "What if?" to a
 * copy of an hour with 30 pods that runs in a Worker of its own. In Chromium; `npx node bench/time.ts [--json FILE] [--runs N] [--dist DIR]`. The
 * site must have been built (`npm run build`). Targets: 100 ms, 150 ms.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Page } from '@playwright/test';
import { clusterRuns, inBrowser, quantile, terminalIsReady, type } from './in-browser.ts';

const PODS = 30;
const REVISIONS = 10_000;
const TARGETS = { back: 100, fork: 150 };

const { values } = parseArgs({
  options: { json: { type: 'string' }, runs: { type: 'string', default: '9' }, dist: { type: 'string' } },
});
const runs = Number(values.runs);

const KNOB = '.timeline input[type=range]';

/** Milliseconds from setting the timeline to its beginning (`min`) or end (`max`) to the first picture with that many pods. */
function look(page: Page, to: 'min' | 'max', fewest: number, most: number): Promise<number> {
  return page.evaluate(
    ([selector, end, low, high]) =>
      new Promise<number>((resolve) => {
        const knob = document.querySelector<HTMLInputElement>(selector)!;
        const start = performance.now();
        knob.value = knob[end];
        knob.dispatchEvent(new Event('input', { bubbles: true }));
        const wait = () => {
          const shown = document.querySelectorAll('.stage .pods .pod:not(.small)').length;
          if (shown >= low && shown <= high) resolve(performance.now() - start);
          else requestAnimationFrame(wait);
        };
        wait();
      }),
    [KNOB, to, fewest, most] as const,
  );
}

/** Milliseconds from pressing "What if?" to the first picture of the copy. */
function tryOut(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const buttons = [...document.querySelectorAll('button')];
        const start = performance.now();
        buttons.find((one) => one.textContent.trim() === 'What if?')!.click();
        const wait = () => {
          if (document.querySelector('.stage')!.classList.contains('trial')) resolve(performance.now() - start);
          else requestAnimationFrame(wait);
        };
        wait();
      }),
  );
}

function revisions(page: Page): Promise<number> {
  return page.locator(KNOB).evaluate((knob) => {
    const { min, max } = knob as HTMLInputElement;
    return Number(max) - Number(min);
  });
}

/** Lets the cluster run as fast as it can until so much is true. A learner's `sleep` is what keeps its clock going. */
async function hurryUntil(page: Page, done: () => Promise<boolean>): Promise<void> {
  await page.locator('.island input[value=max]').click({ force: true });
  await type(page, 'sleep 100000');
  while (!(await done())) await page.waitForTimeout(100);
  await page.locator('.island input[value="1"]').click({ force: true });
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.press('Control+c');
  await page.waitForTimeout(1000);
}

await inBrowser(values.dist, async (browser, address) => {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${address}/en/playground/`);
  await clusterRuns(page);
  await terminalIsReady(page);
  await type(page, `kubectl create deployment web --image=nginx:1.27 --replicas=${PODS}`);
  const hour = async () => ((await page.locator('.time .clock').textContent()) ?? '') >= '10:05';
  await hurryUntil(page, hour);
  const forks: number[] = [];
  const prepared: number[] = [];
  for (let run = 0; run < runs; run++) {
    for (const [times, hand] of [
      [forks, 0],
      [prepared, 300],
    ] as const) {
      // A hand that comes nearer is noticed, and takes its time.
      if (hand > 0) await page.getByRole('button', { name: 'What if?' }).hover();
      await page.waitForTimeout(hand);
      times.push(await tryOut(page));
      await page.mouse.move(0, 0);
      await page.getByRole('button', { name: 'Return' }).press('Enter');
      await page.waitForTimeout(500);
    }
  }
  await hurryUntil(page, async () => (await revisions(page)) >= REVISIONS);
  const backs: number[] = [];
  for (let run = 0; run < runs; run++) {
    backs.push(await look(page, 'min', 0, 0));
    await look(page, 'max', 1, PODS);
  }
  const result = { revisions: await revisions(page), back: backs, fork: forks, prepared };
  const line = (what: string, times: readonly number[], target: number) => {
    const [median, most] = [quantile(times, 0.5), Math.max(...times)].map((time) => time.toFixed(0));
    console.log(`${what.padEnd(56)} median ${median} ms, most ${most} ms (target ${target} ms)`);
  };
  line(`back over ${result.revisions.toLocaleString('en-US')} revisions`, backs, TARGETS.back);
  line(`a copy of an hour with ${PODS} pods, at once`, forks, TARGETS.fork);
  line('the same, by a mouse that was seen to come', prepared, TARGETS.fork);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(result));
});
