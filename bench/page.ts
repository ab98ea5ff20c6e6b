/**
 * How long a learner waits: from opening the first lesson to the first answer of `kubectl get nodes` in its terminal, in Chromium with an
 * empty cache. `npx node bench/page.ts [--json FILE] [--runs N]`. The site must have been built (`npm run build`). Target: 1.5 s.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { provideBrowser } from '../scripts/browser.ts';
import { serveFolder } from '../scripts/site/static-server.ts';

const TARGET = 1500;
const COMMAND = 'kubectl get nodes';

interface Run {
  /** Milliseconds since the navigation began. */
  readonly cluster: number;
  readonly terminal: number;
  readonly answer: number;
}

async function measure(browser: Awaited<ReturnType<typeof chromium.launch>>, url: string): Promise<Run> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const start = performance.now();
  const since = () => performance.now() - start;
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForSelector('.island[data-status=running]');
  const cluster = since();
  await page.waitForFunction(() => document.querySelector('.xterm-rows')?.textContent?.includes('$') === true);
  const terminal = since();
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.insertText(COMMAND);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('.xterm-rows')?.textContent?.includes('worker-3') === true);
  const answer = since();
  await context.close();
  return { cluster, terminal, answer };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const { values } = parseArgs({
  options: { json: { type: 'string' }, runs: { type: 'string', default: '5' }, dist: { type: 'string' } },
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
  const runs: Run[] = [];
  for (let run = 0; run < Number(values.runs); run++) {
    runs.push(await measure(browser, `${site.address}/en/start/first-cluster/`));
  }
  const of = (key: keyof Run) => Math.round(median(runs.map((run) => run[key])));
  const result = { cluster: of('cluster'), terminal: of('terminal'), answer: of('answer'), target: TARGET };
  console.log(`cluster running          ${result.cluster} ms`);
  console.log(`terminal ready           ${result.terminal} ms`);
  console.log(`${COMMAND} answered  ${result.answer} ms (target ${TARGET})`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ page: result }, undefined, 2)}\n`);
} finally {
  await browser.close();
  await site.close();
}
