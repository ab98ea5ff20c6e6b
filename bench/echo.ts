/**
 * How long a key takes from the keyboard to the screen of the terminal while a rollout of 100 pods is drawn beside it, in Chromium.
 * `npx node bench/echo.ts [--json FILE] [--keys N]`. The site must have been built (`npm run build`). Target: 16 ms at the 95th percentile.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { provideBrowser } from '../scripts/browser.ts';
import { serveFolder } from '../scripts/site/static-server.ts';

const TARGET = 16;

const { values } = parseArgs({
  options: { json: { type: 'string' }, keys: { type: 'string', default: '80' }, dist: { type: 'string' } },
});
const found = provideBrowser();
if (!('path' in found)) {
  console.log(`skipped: ${found.reason}`);
  process.exit(0);
}
const site = await serveFolder({ folder: values.dist ?? path.join(import.meta.dirname, '../dist'), port: 0 });
const browser = await chromium.launch({
  executablePath: found.path,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${site.address}/en/start/first-cluster/`);
  await page.waitForSelector('.island[data-status=running]');
  await page.waitForFunction(() => document.querySelector('.xterm-rows')?.textContent?.includes('$') === true);
  await page.locator('.xterm-helper-textarea').focus();
  const run = async (command: string): Promise<void> => {
    await page.keyboard.insertText(command);
    await page.keyboard.press('Enter');
  };
  await run('kubectl create deployment rush --image=nginx:1.27 --replicas=100');
  await page.waitForTimeout(15_000);
  await run('clear; kubectl set image deployment rush nginx=nginx:1.28');
  await page.waitForTimeout(1500);
  // What was typed so far stands at the end of the line: the moment it does is the echo of its last key.
  await page.evaluate(() => {
    const state = { typed: '', pressed: 0, delays: [] as number[], frames: 0 };
    Object.assign(globalThis, { echo: state });
    addEventListener(
      'keydown',
      (event) => {
        const { key } = event as unknown as { key: string };
        if (key.length !== 1) return;
        state.typed += key;
        state.pressed = event.timeStamp;
      },
      true,
    );
    new MutationObserver(() => {
      if (state.pressed === 0 || !document.querySelector('.xterm-rows')!.textContent!.includes(state.typed)) return;
      state.delays.push(performance.now() - state.pressed);
      state.pressed = 0;
    }).observe(document.querySelector('.xterm-rows')!, { childList: true, subtree: true, characterData: true });
    const frame = () => {
      state.frames++;
      requestAnimationFrame(frame);
    };
    frame();
  });
  const start = performance.now();
  for (let key = 0; key < Number(values.keys); key++) {
    await page.keyboard.press('abcdefghij'[key % 10]!);
    await page.waitForTimeout(60);
  }
  const seconds = (performance.now() - start) / 1000;
  const { delays, frames } = await page.evaluate(
    () => (globalThis as unknown as { echo: { delays: number[]; frames: number } }).echo,
  );
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.floor(sorted.length * share)] ?? Number.NaN) * 10) / 10;
  const result = {
    median: at(0.5),
    p95: at(0.95),
    keys: delays.length,
    framesPerSecond: Math.round(frames / seconds),
    target: TARGET,
  };
  console.log(`echo of a key, median    ${result.median} ms`);
  console.log(
    `95th percentile          ${result.p95} ms (target ${TARGET}), ${result.keys} keys, ${result.framesPerSecond} frames/s`,
  );
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ echo: result }, undefined, 2)}\n`);
} finally {
  await browser.close();
  await site.close();
}
