/**
 * How long a key takes from the keyboard to the screen of the terminal while a rollout of 100 pods is drawn beside it, in Chromium.
 * `npx node bench/echo.ts [--json FILE] [--keys N]`. The site must have been built (`npm run build`). Target: 16 ms at the 95th percentile.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { clusterRuns, inBrowser, quantile, terminalIsReady, traceTasks, type } from './in-browser.ts';

const TARGET = 16;

const tenths = (list: readonly number[], share: number): number => Math.round(quantile(list, share) * 10) / 10;

const { values } = parseArgs({
  options: { json: { type: 'string' }, keys: { type: 'string', default: '80' }, dist: { type: 'string' } },
});
await inBrowser(values.dist, async (browser, address) => {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${address}/en/start/first-cluster/`);
  await clusterRuns(page);
  await terminalIsReady(page);
  await type(page, 'kubectl create deployment rush --image=nginx:1.27 --replicas=100');
  await page.waitForTimeout(15_000);
  await type(page, 'clear; kubectl set image deployment rush nginx=nginx:1.28');
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
  const tasks = await traceTasks(page);
  const start = performance.now();
  for (let key = 0; key < Number(values.keys); key++) {
    await page.keyboard.press('abcdefghij'[key % 10]!);
    await page.waitForTimeout(60);
  }
  const seconds = (performance.now() - start) / 1000;
  const work = await tasks.stop();
  const { delays, frames } = await page.evaluate(
    () => (globalThis as unknown as { echo: { delays: number[]; frames: number } }).echo,
  );
  const result = {
    median: tenths(delays, 0.5),
    p95: tenths(delays, 0.95),
    // What the main thread computes, which other programs on the machine do not change.
    taskCpu: { longest: tenths(work, 1), p99: tenths(work, 0.99), p95: tenths(work, 0.95), tasks: work.length },
    keys: delays.length,
    framesPerSecond: Math.round(frames / seconds),
    target: TARGET,
  };
  console.log(`echo of a key, median    ${result.median} ms`);
  console.log(
    `95th percentile          ${result.p95} ms (target ${TARGET}), ${result.keys} keys, ${result.framesPerSecond} frames/s`,
  );
  const { taskCpu } = result;
  console.log(
    `main thread, CPU a task  p95 ${taskCpu.p95} ms, p99 ${taskCpu.p99} ms, longest ${taskCpu.longest} ms of ${taskCpu.tasks}`,
  );
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ echo: result }, undefined, 2)}\n`);
});
