/**
 * What a learner's screen does while much happens: 500 pods of one Deployment roll out on 50 nodes, in the map of the playground, in
 * Chromium. Prints the 95th percentile of the time between two frames that follow one another, the main thread's own work for a frame, and
 * the tasks of the main thread that took more than 50 ms of CPU, which other programs on the machine do not change.
 * `npx node bench/frames.ts [--dist DIR] [--json FILE]`. The site must have been built. Frames are those of a machine that does nothing
 * else: under load look at `main thread work` alone.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Page } from '@playwright/test';
import { inBrowser, quantile, traceTasks, type } from './in-browser.ts';

const PODS = 500;
const PRESET = 'fifty-workers';

interface Watch {
  readonly frames: number[];
  readonly tasks: number[];
}

declare global {
  interface Window {
    watch: Watch;
  }
}

/** From now on the page notes the time between frames, and its long tasks. */
async function startWatching(page: Page): Promise<void> {
  await page.evaluate(() => {
    const watch: Watch = { frames: [], tasks: [] };
    window.watch = watch;
    let last = performance.now();
    const frame = (now: number) => {
      watch.frames.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) watch.tasks.push(duration);
    }).observe({ type: 'longtask' });
  });
}

/** Asks for the seconds of CPU that the page's main thread has used for tasks, and of these for scripts, styles and layout. */
async function meter(page: Page): Promise<() => Promise<Record<string, number>>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };
}

const { values } = parseArgs({ options: { json: { type: 'string' }, dist: { type: 'string' } } });
await inBrowser(values.dist, async (browser, address) => {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${address}/en/playground/?cluster=${PRESET}`);
  await page.waitForSelector('.island[data-status=running][data-loaded=true]', { timeout: 120_000 });
  await startWatching(page);
  const work = await meter(page);
  const traced = await traceTasks(page);
  const before = await work();
  await type(page, `kubectl create deployment web --image=nginx:1.27 --replicas=${PODS}`);
  await page.waitForFunction(
    (words) => document.querySelector('.bracket + .title, .lane .title')?.textContent?.includes(words) === true,
    `${PODS}/${PODS}`,
    { timeout: 240_000 },
  );
  const after = await work();
  const cpu = await traced.stop();
  const { frames, tasks } = await page.evaluate(() => window.watch);
  const main = (name: string) => ((after[name]! - before[name]!) * 1000) / frames.length;
  const result = {
    frames: frames.length,
    p50: quantile(frames, 0.5),
    p95: quantile(frames, 0.95),
    task: main('TaskDuration'),
    script: main('ScriptDuration'),
    style: main('RecalcStyleDuration') + main('LayoutDuration'),
    longTasks: tasks.length,
    longest: Math.max(0, ...tasks),
    longTasksOfCpu: cpu.filter((milliseconds) => milliseconds > 50).length,
    longestOfCpu: quantile(cpu, 1),
  };
  console.log(`${PODS} pods on 50 nodes: ${result.frames} frames`);
  console.log(
    `between frames             p50 ${result.p50.toFixed(1)} ms, p95 ${result.p95.toFixed(1)} ms (target 16.7)`,
  );
  console.log(
    `main thread work a frame   ${result.task.toFixed(1)} ms of CPU: scripts ${result.script.toFixed(1)}, styles and layout ${result.style.toFixed(1)}`,
  );
  console.log(
    `tasks over 50 ms of CPU    ${result.longTasksOfCpu}, the longest ${result.longestOfCpu.toFixed(0)} ms (target: none); by the clock ${result.longTasks}, ${result.longest.toFixed(0)} ms`,
  );
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ frames: result }, undefined, 2)}\n`);
});
